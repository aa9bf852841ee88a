import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, type Bench } from "./harness.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

/** A repository with a pull request #1 from `topic` (adds `topic.txt`), and `main.txt` added to `main` after it. */
async function withPull(name: string, topic: Record<string, string> = { "topic.txt": "t\n" }) {
  const clone = await bench.repository("acme", name, { "a.txt": "a\n" });
  const repo = `/repos/acme/${name}`;
  await bench.git(clone, "checkout", "-q", "-b", "topic");
  const head = await bench.commit(clone, topic, "topic work");
  await bench.git(clone, "push", "-q", "origin", "topic");
  const made = await bench.api("POST", `${repo}/pulls`, {
    body: { title: "T", body: "why", head: "topic", base: "main" },
  });
  await bench.git(clone, "checkout", "-q", "main");
  await bench.commit(clone, { "main.txt": "m\n" }, "main side");
  await bench.git(clone, "push", "-q", "origin", "main");
  const files = async () => {
    const tree = await bench.api("GET", `${repo}/git/trees/main`);
    return tree.body.tree.map((each: { path: string }) => each.path);
  };
  const merge = (body: object = {}, token?: string) =>
    bench.api("PUT", `${repo}/pulls/1/merge`, { body, ...(token === undefined ? {} : { token }) });
  return { clone, repo, head, made, files, merge };
}

describe("a pull request", () => {
  it("shows what it changes, and its test merge can be fetched", async () => {
    const { clone, repo, head, made } = await withPull("shown");
    expect(made.body).toMatchObject({
      mergeable: true,
      commits: 1,
      additions: 1,
      changed_files: 1,
      head: { sha: head },
    });
    const { body } = await bench.api("GET", `${repo}/pulls/1`);
    await bench.git(clone, "fetch", "-q", "origin", "+refs/pull/*:refs/pull/*");
    expect(await bench.git(clone, "rev-parse", "refs/pull/1/head")).toBe(head);
    expect(await bench.git(clone, "rev-parse", "refs/pull/1/merge")).toBe(body.merge_commit_sha);
    // Both sides: also what came to main after the pull request was opened.
    expect(await bench.git(clone, "ls-tree", "--name-only", "refs/pull/1/merge")).toBe(
      "a.txt\nmain.txt\ntopic.txt",
    );
    const files = await bench.api("GET", `${repo}/pulls/1/files`);
    expect(files.body).toMatchObject([
      { filename: "topic.txt", patch: "@@ -0,0 +1 @@\n+t", status: "added" },
    ]);
    expect((await bench.api("GET", `${repo}/pulls/1/commits`)).body).toMatchObject([{ sha: head }]);
    expect((await bench.api("GET", `${repo}/commits/${head}/pulls`)).body).toMatchObject([{ number: 1 }]);
    expect((await bench.api("GET", `${repo}/pulls?head=acme:topic&base=main`)).body).toHaveLength(1);
    expect((await bench.api("GET", `${repo}/pulls?head=acme:other`)).body).toEqual([]);
    const page = await (await fetch(body.html_url)).text();
    expect(page).toContain("<p>why</p>");
    expect((await fetch(`${bench.url}/acme/shown/commit/${head}`)).status).toBe(200);
  });

  it.each(["merge", "squash", "rebase"])("keeps the files of both sides with %s", async (merge_method) => {
    const { repo, files, merge } = await withPull(`by-${merge_method}`);
    const merged = await merge({ merge_method });
    expect(merged).toMatchObject({ status: 200, body: { merged: true } });
    expect(await files()).toEqual(["a.txt", "main.txt", "topic.txt"]);
    const { body } = await bench.api("GET", `${repo}/commits/main`);
    expect(body.sha).toBe(merged.body.sha);
    expect(body.parents).toHaveLength(merge_method === "merge" ? 2 : 1);
    expect((await bench.api("GET", `${repo}/pulls/1`)).body).toMatchObject({
      merged: true,
      state: "closed",
      merge_commit_sha: merged.body.sha,
      merged_by: { login: "alice" },
    });
    expect((await bench.api("GET", `${repo}/pulls/1/merge`)).status).toBe(204);
    expect((await merge()).status).toBe(405);
    expect((await bench.api("PATCH", `${repo}/pulls/1`, { body: { state: "open" } })).status).toBe(422);
  });

  it("is refused when it conflicts, and when its head is not the one that was reviewed", async () => {
    const { clone, repo, merge } = await withPull("conflicts", { "main.txt": "other\n" });
    expect((await bench.api("GET", `${repo}/pulls/1`)).body).toMatchObject({
      mergeable: false,
      mergeable_state: "dirty",
    });
    expect((await merge()).status).toBe(405);
    await bench.git(clone, "checkout", "-q", "topic");
    await bench.git(clone, "merge", "-q", "-X", "ours", "main");
    await bench.git(clone, "push", "-q", "origin", "topic");
    expect((await merge({ sha: "0".repeat(40) })).status).toBe(409);
    expect((await merge({ sha: await bench.git(clone, "rev-parse", "topic") })).status).toBe(200);
  });

  it("waits for the checks that its base branch requires", async () => {
    const { repo, head, merge } = await withPull("protected");
    const token = await bench.installationToken("acme");
    const protection = {
      required_status_checks: { strict: false, contexts: ["validate"] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    };
    expect((await bench.api("PUT", `${repo}/branches/main/protection`, { body: protection })).status).toBe(
      200,
    );
    expect(
      (await bench.api("GET", `${repo}/branches/main/protection`)).body.required_status_checks.contexts,
    ).toEqual(["validate"]);
    expect((await bench.api("GET", `${repo}/branches/main`)).body.protected).toBe(true);
    expect((await bench.api("GET", `${repo}/pulls/1`)).body.mergeable_state).toBe("blocked");
    expect(await merge()).toMatchObject({
      status: 405,
      body: { message: 'Required status check "validate" is expected.' },
    });
    const run = { name: "validate", head_sha: head, conclusion: "failure", status: "completed" };
    await bench.api("POST", `${repo}/check-runs`, { token, body: run });
    expect((await merge({}, token)).status).toBe(405);
    await bench.api("POST", `${repo}/check-runs`, { token, body: { ...run, conclusion: "success" } });
    expect((await bench.api("GET", `${repo}/pulls/1`)).body.mergeable_state).toBe("clean");
    expect((await merge({}, token)).status).toBe(200);
    expect((await bench.api("DELETE", `${repo}/branches/main/protection`)).status).toBe(204);
  });

  it("counts as merged when its commits are pushed to the base branch", async () => {
    const { clone, repo } = await withPull("pushed");
    await bench.git(clone, "merge", "-q", "-m", "by hand", "topic");
    await bench.git(clone, "push", "-q", "origin", "main");
    expect((await bench.api("GET", `${repo}/pulls/1`)).body).toMatchObject({
      merged: true,
      state: "closed",
      commits: 1,
    });
  });

  it("closes with its branch, and can be brought up to date with its base", async () => {
    const { clone, repo } = await withPull("outdated");
    expect((await bench.api("PUT", `${repo}/pulls/1/update-branch`, { body: {} })).status).toBe(202);
    expect((await bench.api("PUT", `${repo}/pulls/1/update-branch`, { body: {} })).status).toBe(422);
    expect((await bench.api("GET", `${repo}/pulls/1/files`)).body).toHaveLength(1);
    await bench.git(clone, "push", "-q", "origin", ":topic");
    expect((await bench.api("GET", `${repo}/pulls/1`)).body).toMatchObject({
      merged: false,
      state: "closed",
    });
  });

  it("is refused twice for one branch, without commits, and for branches that are not there", async () => {
    const { repo } = await withPull("refused");
    const open = (head: string, base: string) =>
      bench.api("POST", `${repo}/pulls`, { body: { title: "T", head, base } });
    for (const [head, base] of [
      ["topic", "main"],
      ["main", "main"],
      ["nowhere", "main"],
      ["topic", "nowhere"],
    ]) {
      expect((await open(head ?? "", base ?? "")).status).toBe(422);
    }
  });
});

function annotation(line: number) {
  return {
    path: "a.txt",
    start_line: line,
    end_line: line,
    start_column: 1,
    end_column: 2,
    annotation_level: "failure",
    message: `line ${line}`,
  };
}

function output(count: number) {
  return {
    title: "t",
    summary: "s",
    annotations: Array.from({ length: count }, (_, line) => annotation(line + 1)),
  };
}

describe("a check run", () => {
  it("keeps its annotations across updates and refuses what GitHub refuses", async () => {
    const { repo, head } = await withPull("checked");
    const token = await bench.installationToken("acme");
    const create = (body: object) =>
      bench.api("POST", `${repo}/check-runs`, { token, body: { name: "validate", head_sha: head, ...body } });
    const { body } = await create({ external_id: "x", output: output(50) });
    expect(body).toMatchObject({ status: "queued", external_id: "x", pull_requests: [{ number: 1 }] });
    const route = `${repo}/check-runs/${body.id}`;
    await bench.api("PATCH", route, { token, body: { conclusion: "failure", output: output(10) } });
    expect((await bench.api("GET", route)).body).toMatchObject({
      conclusion: "failure",
      output: { annotations_count: 60 },
    });
    expect((await bench.api("GET", `${route}/annotations?per_page=100`)).body).toHaveLength(60);
    const action = { label: "x", description: "x", identifier: "x" };
    for (const wrong of [
      { output: output(51) },
      { actions: [action, action, action, action] },
      { actions: [{ ...action, label: "x".repeat(21) }] },
      { actions: [{ ...action, identifier: "x".repeat(21) }] },
      { actions: [{ ...action, description: "x".repeat(41) }] },
      { head_sha: "0".repeat(40) },
      { status: "completed" },
      { output: { title: "t", summary: "s".repeat(65_536) } },
    ]) {
      expect((await create(wrong)).status).toBe(422);
    }
    const listed = await bench.api("GET", `${repo}/commits/topic/check-runs?check_name=validate`);
    expect(listed.body).toMatchObject({ total_count: 1, check_runs: [{ id: body.id }] });
    const suites = await bench.api("GET", `${repo}/commits/${head}/check-suites`);
    const [suite] = suites.body.check_suites;
    expect(suite).toMatchObject({ conclusion: "failure", head_branch: "topic" });
    expect((await bench.api("GET", `${repo}/check-suites/${suite.id}/check-runs`)).body.total_count).toBe(1);
  });
});

it("every webhook and answer fits GitHub's description", async () => {
  await bench.github.webhooksSent();
  expect(bench.github.violations()).toEqual([]);
});
