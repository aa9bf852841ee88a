import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, startReceiver, type Bench } from "./harness.ts";

let bench: Bench;
let clone: string;
let head: string;

const repo = "/repos/acme/artwork";

beforeAll(async () => {
  bench = await startBench();
  clone = await bench.repository("acme", "artwork");
  head = await bench.git(clone, "rev-parse", "HEAD");
  await bench.github.webhooksSent();
});
afterAll(() => bench.close());

async function since<T>(work: () => Promise<T>): Promise<string[]> {
  await bench.github.webhooksSent();
  const before = bench.receiver.hooks.length;
  await work();
  await bench.github.webhooksSent();
  return bench.receiver.names().slice(before);
}

describe("a webhook", () => {
  it("is signed, named and sent once under a GUID of its own", () => {
    const guids = bench.receiver.hooks.map(({ headers }) => headers["x-github-delivery"]);
    expect(new Set(guids).size).toBe(guids.length);
    for (const { headers, raw, body } of bench.receiver.hooks) {
      const signature = createHmac("sha256", "hush").update(raw).digest("hex");
      expect(headers["x-hub-signature-256"]).toBe(`sha256=${signature}`);
      expect(headers["x-github-hook-installation-target-id"]).toBe("4242");
      expect(body).toMatchObject({
        installation: { id: expect.any(Number) },
        sender: { login: expect.any(String) },
      });
    }
  });

  it("tells of the installation when somebody first listens, and of every repository", () => {
    const names = bench.receiver.names();
    expect(names).toContain("installation.created");
    expect(names.filter((name) => name === "installation_repositories.added")).toHaveLength(1);
  });

  it("is kept with what came back, and sent again under the same GUID when asked", async () => {
    const token = bench.appJwt();
    const list = await bench.api("GET", "/app/hook/deliveries?per_page=2", { token });
    expect(list.body).toHaveLength(2);
    expect(list.body[0]).toMatchObject({ status_code: 202, status: "OK", redelivery: false });
    expect(list.headers.get("link")).toContain("cursor=");
    const one = await bench.api("GET", `/app/hook/deliveries/${list.body[0].id}`, { token });
    expect(one.body.response.payload).toBe("noted");
    const again = () =>
      bench.api("POST", `/app/hook/deliveries/${list.body[0].id}/attempts`, { token, body: {} });
    expect((await again()).status).toBe(202);
    await again();
    await bench.github.webhooksSent();
    const sent = bench.receiver.hooks.filter(
      ({ headers }) => headers["x-github-delivery"] === list.body[0].guid,
    );
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ raw }) => raw)).size).toBe(1);
    const [newest] = (await bench.api("GET", "/app/hook/deliveries?per_page=1", { token })).body;
    expect(newest).toMatchObject({ guid: list.body[0].guid, redelivery: true });
  });
});

describe("events", () => {
  it("follow a branch from its first push to its removal", async () => {
    const names = await since(async () => {
      await bench.git(clone, "checkout", "-q", "-b", "topic");
      await bench.commit(clone, { "t.txt": "1\n" });
      await bench.git(clone, "push", "-q", "origin", "topic");
      await bench.git(clone, "push", "-q", "origin", ":topic");
      await bench.git(clone, "tag", "v1");
      await bench.git(clone, "push", "-q", "origin", "v1");
    });
    expect(names).toEqual(["create", "push", "delete", "push", "create", "push"]);
    const pushes = bench.receiver.hooks.filter(({ headers }) => headers["x-github-event"] === "push");
    expect(pushes.at(-3)?.body).toMatchObject({
      created: true,
      pusher: { name: "alice" },
      commits: [{ added: ["t.txt"], removed: [], modified: [] }],
    });
    expect(pushes.at(-2)?.body).toMatchObject({ deleted: true, commits: [], head_commit: null });
  });

  it("follow a pull request: opened, edited, updated, closed, opened again, merged", async () => {
    const names = await since(async () => {
      await bench.git(clone, "push", "-q", "origin", "topic");
      await bench.api("POST", `${repo}/pulls`, { body: { title: "T", head: "topic", base: "main" } });
      await bench.api("PATCH", `${repo}/pulls/1`, { body: { title: "Better" } });
      await bench.commit(clone, { "t.txt": "2\n" });
      await bench.git(clone, "push", "-q", "origin", "topic");
      await bench.api("PATCH", `${repo}/pulls/1`, { body: { state: "closed" } });
      await bench.api("PATCH", `${repo}/pulls/1`, { body: { state: "open" } });
      await bench.api("POST", `${repo}/issues/1/labels`, { body: { labels: ["x"] } });
      await bench.api("POST", `${repo}/issues/1/comments`, { body: { body: "/hold" } });
      await bench.api("POST", `${repo}/pulls/1/reviews`, {
        token: "bob-token",
        body: { event: "APPROVE", body: "ok" },
      });
      await bench.api("PUT", `${repo}/pulls/1/merge`, { body: { merge_method: "squash" } });
    });
    expect(names).toEqual([
      "create",
      "push",
      "pull_request.opened",
      "pull_request.edited",
      "push",
      "pull_request.synchronize",
      "pull_request.closed",
      "pull_request.reopened",
      "pull_request.labeled",
      "issue_comment.created",
      "pull_request_review.submitted",
      "pull_request.closed",
      "push",
    ]);
    const closed = bench.receiver.hooks.findLast(({ body }) => body["action"] === "closed");
    expect(closed?.body).toMatchObject({ pull_request: { merged: true, merged_by: { login: "alice" } } });
    head = (await bench.api("GET", `${repo}/git/ref/heads/main`)).body.object.sha;
  });

  it("follow a check run, its buttons included", async () => {
    const token = await bench.installationToken("acme");
    const actions = [{ label: "Hold", description: "Hold it", identifier: "hold" }];
    let id = 0;
    const names = await since(async () => {
      const body = { name: "plan", head_sha: head, status: "in_progress", external_id: "e1" };
      id = (await bench.api("POST", `${repo}/check-runs`, { token, body })).body.id;
      const done = { conclusion: "action_required", actions, output: { title: "t", summary: "s" } };
      await bench.api("PATCH", `${repo}/check-runs/${id}`, { token, body: done });
      await bench.api("POST", `${repo}/check-runs/${id}/rerequest`, { token, body: {} });
    });
    expect(names).toEqual(["check_run.created", "check_run.completed", "check_run.rerequested"]);
    const press = (identifier: string, user: string) =>
      fetch(`${bench.url}/acme/artwork/checks/${id}/actions`, {
        method: "POST",
        headers: { authorization: `token ${user}`, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ identifier }),
      });
    expect((await press("hold", "bob-token")).status).toBe(403);
    expect((await press("other", "alice-token")).status).toBe(422);
    expect(await since(() => press("hold", "alice-token"))).toEqual(["check_run.requested_action"]);
    expect(bench.receiver.hooks.at(-1)?.body).toMatchObject({
      requested_action: { identifier: "hold" },
      check_run: { external_id: "e1", pull_requests: [] },
      sender: { login: "alice" },
    });
  });

  it("follow deployments and statuses", async () => {
    const token = await bench.installationToken("acme");
    const names = await since(async () => {
      const body = { ref: "main", environment: "eu", payload: { a: 1 }, required_contexts: [] };
      const { id } = (await bench.api("POST", `${repo}/deployments`, { token, body })).body;
      await bench.api("POST", `${repo}/deployments/${id}/statuses`, {
        token,
        body: { state: "in_progress" },
      });
      await bench.api("POST", `${repo}/statuses/${head}`, { token, body: { state: "success" } });
    });
    expect(names).toEqual(["deployment.created", "deployment_status.created", "status"]);
  });
});

it("every webhook and answer fits GitHub's description", async () => {
  await bench.github.webhooksSent();
  expect(bench.github.violations()).toEqual([]);
  expect(await (await fetch(`${bench.url}/_local/violations`)).json()).toEqual([]);
});

describe("a receiver that fails", () => {
  it("is not tried again, is on record, and does not hold up what follows", async () => {
    const failing = await startReceiver((hook) => (hook.headers["x-github-event"] === "create" ? 500 : 202));
    const other = await startBench({ app: { webhookUrl: failing.url } });
    try {
      await other.repository("acme", "artwork");
      await other.github.webhooksSent();
      expect(failing.names().filter((name) => name === "create")).toHaveLength(1);
      expect(failing.names().at(-1)).toBe("push");
      const list = await other.api("GET", "/app/hook/deliveries?status=failure", { token: other.appJwt() });
      expect(list.body).toMatchObject([{ event: "create", status_code: 500 }]);
    } finally {
      await other.close();
      await failing.close();
    }
  });

  it("hears only of the events that the app subscribed to", async () => {
    const other = await startBench({ app: { events: ["push"] } });
    try {
      await other.repository("acme", "artwork");
      await other.github.webhooksSent();
      const kinds = new Set(other.receiver.hooks.map(({ headers }) => headers["x-github-event"]));
      kinds.delete("installation");
      expect(kinds).toEqual(new Set(["installation_repositories", "push"]));
    } finally {
      await other.close();
    }
  });

  it("that is not there yet is told of the installation once it is", async () => {
    const late = await startReceiver();
    const { url } = late;
    await late.close();
    const other = await startBench({ app: { webhookUrl: url } });
    try {
      await other.repository("acme", "artwork");
      await other.github.webhooksSent();
      const list = await other.api("GET", "/app/hook/deliveries", { token: other.appJwt() });
      expect(list.body[0]).toMatchObject({ status_code: 0, status: "failed to connect to host" });
      const there = await startReceiver(() => 202, Number(new URL(url).port));
      while (there.hooks.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(there.hooks[0]?.body).toMatchObject({
        action: "created",
        repositories: [{ full_name: "acme/artwork" }],
      });
      await there.close();
    } finally {
      await other.close();
    }
  });
});
