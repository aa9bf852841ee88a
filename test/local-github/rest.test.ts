import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, type Bench } from "./harness.ts";

let bench: Bench;
let clone: string;
let head: string;

beforeAll(async () => {
  bench = await startBench();
  clone = await bench.repository("acme", "artwork", { "a.txt": "a\n", "b.txt": "b\n" });
  head = await bench.git(clone, "rev-parse", "HEAD");
});
afterAll(async () => {
  await bench.close();
});

const repo = "/repos/acme/artwork";

describe("repositories", () => {
  it("are made, listed, described and changed", async () => {
    const made = await bench.api("POST", "/user/repos", {
      body: { name: "notes", auto_init: true, description: "d" },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      full_name: "alice/notes",
      default_branch: "main",
      permissions: { admin: true },
    });
    expect((await bench.api("POST", "/user/repos", { body: { name: "notes" } })).status).toBe(422);
    const readme = await bench.api("GET", "/repos/alice/notes/contents/README.md");
    expect(Buffer.from(readme.body.content, "base64").toString()).toBe("# notes\nd\n");
    const changed = await bench.api("PATCH", "/repos/alice/notes", { body: { description: "new" } });
    expect(changed.body.description).toBe("new");
    expect((await bench.api("GET", "/orgs/acme/repos")).body).toMatchObject([{ name: "artwork" }]);
    expect((await bench.api("GET", "/users/alice/repos")).body).toMatchObject([{ name: "notes" }]);
    expect((await bench.api("GET", "/user/repos")).body).toHaveLength(2);
    expect((await bench.api("GET", "/orgs/acme")).body.login).toBe("acme");
    expect((await bench.api("DELETE", "/repos/alice/notes")).status).toBe(204);
    expect((await bench.api("GET", "/repos/alice/notes")).status).toBe(404);
  });

  it("refuse changes once archived", async () => {
    await bench.repository("acme", "old");
    await bench.api("PATCH", "/repos/acme/old", { body: { archived: true } });
    const refused = await bench.api("POST", "/repos/acme/old/issues", { body: { title: "x" } });
    expect(refused.status).toBe(403);
    await expect(
      bench.git(clone, "push", "-q", bench.remote("acme", "old"), "HEAD:refs/heads/x"),
    ).rejects.toThrow("403");
  });
});

describe("the server's own answers", () => {
  it.each([
    "/",
    "/meta",
    "/rate_limit",
    "/user",
    "/users/bob",
    "/users/showrunner%5Bbot%5D",
    "/apps/showrunner",
  ])("GET %s is 200", async (route) => {
    expect((await bench.api("GET", route)).status).toBe(200);
  });

  it("says 501 for what it does not implement, 404 for what is not there, 422 for what does not fit", async () => {
    expect((await bench.api("GET", `${repo}/releases`)).status).toBe(501);
    expect((await bench.api("DELETE", `${repo}/issues/1`)).status).toBe(501);
    expect((await bench.api("GET", `${repo}/issues/1`)).status).toBe(404);
    expect((await bench.api("GET", `${repo}/issues/abc`)).status).toBe(404);
    const wrong = await bench.api("POST", `${repo}/pulls`, { body: { title: 1 } });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({
      message: expect.stringContaining("head"),
      documentation_url: expect.any(String),
    });
    expect((await bench.api("POST", `${repo}/pulls`)).status).toBe(422);
  });

  it("answers 304 to an unchanged ETag", async () => {
    const first = await fetch(`${bench.url}/api/v3${repo}`);
    const etag = first.headers.get("etag") ?? "";
    const again = await fetch(`${bench.url}/api/v3${repo}`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });
});

describe("commits", () => {
  it("are listed, shown with their files and compared", async () => {
    const list = await bench.api("GET", `${repo}/commits?sha=main`);
    expect(list.body).toMatchObject([{ sha: head, author: { login: "alice" } }]);
    expect((await bench.api("GET", `${repo}/commits?path=missing.txt`)).body).toEqual([]);
    const one = await bench.api("GET", `${repo}/commits/main`);
    expect(one.body).toMatchObject({
      sha: head,
      stats: { additions: 2 },
      files: [{ filename: "a.txt" }, { filename: "b.txt" }],
    });
    await bench.git(clone, "checkout", "-q", "-b", "feature/compare", "main");
    await bench.git(clone, "mv", "a.txt", "renamed.txt");
    const tip = await bench.commit(clone, {}, "rename");
    await bench.git(clone, "push", "-q", "origin", "feature/compare");
    await bench.git(clone, "checkout", "-q", "main");
    const compared = await bench.api("GET", `${repo}/compare/main...feature/compare`);
    expect(compared.body).toMatchObject({
      status: "ahead",
      ahead_by: 1,
      behind_by: 0,
      commits: [{ sha: tip }],
      files: [{ filename: "renamed.txt", previous_filename: "a.txt", status: "renamed" }],
    });
    expect((await bench.api("GET", `${repo}/commits/feature/compare`)).body.sha).toBe(tip);
    expect((await bench.api("GET", `${repo}/commits/nowhere`)).status).toBe(422);
    expect((await bench.api("GET", `${repo}/branches/feature/compare`)).body.commit.sha).toBe(tip);
    const branches = await bench.api("GET", `${repo}/branches`);
    expect(branches.body.map((each: { name: string }) => each.name)).toEqual(["feature/compare", "main"]);
  });
});

describe("files", () => {
  it("are made, changed and removed, each with the old content's id", async () => {
    const route = `${repo}/contents/dir/new.txt`;
    const content = Buffer.from("one\n").toString("base64");
    const made = await bench.api("PUT", route, { body: { message: "add", content, branch: "main" } });
    expect(made.status).toBe(201);
    const { sha } = made.body.content;
    expect((await bench.api("PUT", route, { body: { message: "again", content } })).status).toBe(422);
    expect((await bench.api("PUT", route, { body: { message: "again", content, sha: head } })).status).toBe(
      409,
    );
    expect((await bench.api("PUT", route, { body: { message: "change", content, sha } })).status).toBe(200);
    expect((await bench.api("GET", `${repo}/contents/dir`)).body).toMatchObject([
      { path: "dir/new.txt", type: "file" },
    ]);
    expect((await bench.api("GET", `${repo}/contents/`)).body).toHaveLength(3);
    expect((await bench.api("GET", `${repo}/contents/dir/none.txt`)).status).toBe(404);
    const raw = await fetch(`${bench.url}/api/v3${route}`, {
      headers: { accept: "application/vnd.github.raw+json" },
    });
    expect(await raw.text()).toBe("one\n");
    const gone = await bench.api("DELETE", route, { body: { message: "remove", sha } });
    expect(gone.status).toBe(200);
    expect((await bench.api("GET", `${repo}/contents/dir`)).status).toBe(404);
    await bench.git(clone, "pull", "-q", "origin", "main");
    head = await bench.git(clone, "rev-parse", "HEAD");
  });
});

describe("git data", () => {
  it("builds a commit from blobs and trees, and moves a branch to it without force", async () => {
    const token = await bench.installationToken("acme");
    const blob = await bench.api("POST", `${repo}/git/blobs`, {
      token,
      body: { content: "aGk=", encoding: "base64" },
    });
    const tree = await bench.api("POST", `${repo}/git/trees`, {
      token,
      body: {
        base_tree: head,
        tree: [
          { path: "deep/er/hi.txt", mode: "100644", type: "blob", sha: blob.body.sha },
          { path: "text.txt", mode: "100644", type: "blob", content: "text" },
          { path: "b.txt", mode: "100644", type: "blob", sha: null },
        ],
      },
    });
    expect(tree.status).toBe(201);
    const made = await bench.api("POST", `${repo}/git/commits`, {
      token,
      body: { message: "by the app", tree: tree.body.sha, parents: [head] },
    });
    expect(made.body).toMatchObject({
      author: { name: "showrunner[bot]" },
      verification: { verified: true },
    });
    const moved = await bench.api("PATCH", `${repo}/git/refs/heads/main`, {
      token,
      body: { sha: made.body.sha },
    });
    expect(moved.body.object.sha).toBe(made.body.sha);
    const back = await bench.api("PATCH", `${repo}/git/refs/heads/main`, {
      token,
      body: { sha: head, force: false },
    });
    expect(back).toMatchObject({ status: 422, body: { message: "Update is not a fast forward" } });
    await bench.git(clone, "pull", "-q", "origin", "main");
    expect(await bench.git(clone, "ls-tree", "-r", "--name-only", "HEAD")).toBe(
      "a.txt\ndeep/er/hi.txt\ntext.txt",
    );
    await bench.git(clone, "fsck", "--strict");
    const listed = await bench.api("GET", `${repo}/git/trees/main?recursive=1`);
    expect(listed.body.tree.map((each: { path: string }) => each.path)).toContain("deep/er/hi.txt");
    expect((await bench.api("GET", `${repo}/git/blobs/${blob.body.sha}`)).body.content).toBe("aGk=\n");
    expect((await bench.api("GET", `${repo}/git/commits/${made.body.sha}`)).body.tree.sha).toBe(
      tree.body.sha,
    );
    head = made.body.sha;
  });

  it("makes, finds and removes refs", async () => {
    const made = await bench.api("POST", `${repo}/git/refs`, {
      body: { ref: "refs/heads/release/1", sha: head },
    });
    expect(made.status).toBe(201);
    const twice = await bench.api("POST", `${repo}/git/refs`, {
      body: { ref: "refs/heads/release/1", sha: head },
    });
    expect(twice).toMatchObject({ status: 422, body: { message: "Reference already exists" } });
    expect((await bench.api("GET", `${repo}/git/ref/heads/release/1`)).body.object.sha).toBe(head);
    expect((await bench.api("GET", `${repo}/git/matching-refs/heads/release`)).body).toHaveLength(1);
    const under = await bench.api("POST", `${repo}/git/refs`, {
      body: { ref: "refs/heads/release/1/2", sha: head },
    });
    expect(under.status).toBe(422);
    expect((await bench.api("DELETE", `${repo}/git/refs/heads/release/1`)).status).toBe(204);
    expect((await bench.api("GET", `${repo}/git/ref/heads/release/1`)).status).toBe(404);
    expect((await bench.api("DELETE", `${repo}/git/refs/heads/main`)).status).toBe(422);
  });
});

describe("issues", () => {
  it("take labels, comments and reactions", async () => {
    const made = await bench.api("POST", `${repo}/issues`, { body: { title: "Broken", labels: ["bug"] } });
    const { number } = made.body;
    expect(made.body).toMatchObject({ state: "open", labels: [{ name: "bug", color: "ededed" }] });
    await bench.api("POST", `${repo}/labels`, { body: { name: "urgent", color: "ff0000" } });
    expect((await bench.api("GET", `${repo}/labels/urgent`)).body.color).toBe("ff0000");
    const labels = await bench.api("POST", `${repo}/issues/${number}/labels`, {
      body: { labels: ["urgent"] },
    });
    expect(labels.body).toHaveLength(2);
    expect((await bench.api("DELETE", `${repo}/issues/${number}/labels/bug`)).body).toMatchObject([
      { name: "urgent" },
    ]);
    expect((await bench.api("GET", `${repo}/issues?labels=urgent`)).body).toHaveLength(1);
    expect(
      (await bench.api("PUT", `${repo}/issues/${number}/labels`, { body: { labels: [] } })).body,
    ).toEqual([]);
    const comment = await bench.api("POST", `${repo}/issues/${number}/comments`, {
      token: "bob-token",
      body: { body: "hi" },
    });
    const route = `${repo}/issues/comments/${comment.body.id}`;
    const token = await bench.installationToken("acme");
    expect((await bench.api("PATCH", route, { token, body: { body: "not mine" } })).status).toBe(403);
    expect((await bench.api("PATCH", route, { token: "bob-token", body: { body: "hey" } })).body.body).toBe(
      "hey",
    );
    const reaction = { token, body: { content: "eyes" } };
    expect((await bench.api("POST", `${route}/reactions`, reaction)).status).toBe(201);
    expect((await bench.api("POST", `${route}/reactions`, reaction)).status).toBe(200);
    expect((await bench.api("GET", route)).body.reactions).toMatchObject({ eyes: 1, total_count: 1 });
    const [listed] = (await bench.api("GET", `${route}/reactions`)).body;
    expect((await bench.api("DELETE", `${route}/reactions/${listed.id}`)).status).toBe(204);
    expect((await bench.api("GET", `${repo}/issues/${number}/comments`)).body).toHaveLength(1);
    expect((await bench.api("DELETE", route)).status).toBe(204);
    const closed = await bench.api("PATCH", `${repo}/issues/${number}`, {
      body: { state: "closed", title: "Fixed" },
    });
    expect(closed.body).toMatchObject({ state: "closed", title: "Fixed", closed_by: { login: "alice" } });
    await bench.api("PATCH", `${repo}/issues/${number}`, { body: { state: "open" } });
  });
});

describe("statuses and deployments", () => {
  it("combine the newest status of each context", async () => {
    const token = await bench.installationToken("acme");
    const set = (state: string, context: string) =>
      bench.api("POST", `${repo}/statuses/${head}`, { token, body: { state, context } });
    await set("failure", "ci");
    await set("success", "ci");
    expect((await bench.api("GET", `${repo}/commits/${head}/status`)).body).toMatchObject({
      state: "success",
      total_count: 1,
    });
    expect((await bench.api("GET", `${repo}/commits/main/statuses`)).body).toHaveLength(2);
  });

  it("keep a deployment's payload and its statuses", async () => {
    const token = await bench.installationToken("acme");
    const deploy = (environment: string) =>
      bench.api("POST", `${repo}/deployments`, {
        token,
        body: {
          ref: head,
          environment,
          payload: { rolloutId: "r1" },
          auto_merge: false,
          required_contexts: [],
        },
      });
    const first = await deploy("eu-west-1");
    expect(first.body).toMatchObject({ sha: head, payload: { rolloutId: "r1" }, environment: "eu-west-1" });
    await deploy("us-east-1");
    const found = await bench.api("GET", `${repo}/deployments?sha=${head}&environment=eu-west-1`, { token });
    expect(found.body).toMatchObject([{ id: first.body.id }]);
    const route = `${repo}/deployments/${first.body.id}`;
    const status = await bench.api("POST", `${route}/statuses`, {
      token,
      body: { state: "success", description: "done", environment_url: "http://127.0.0.1/x" },
    });
    expect(status.status).toBe(201);
    const second = await deploy("eu-west-1");
    await bench.api("POST", `${repo}/deployments/${second.body.id}/statuses`, {
      token,
      body: { state: "success" },
    });
    const states = (await bench.api("GET", `${route}/statuses`, { token })).body;
    expect(states.map((each: { state: string }) => each.state)).toEqual(["inactive", "success"]);
    expect((await bench.api("GET", `${route}/statuses/${status.body.id}`, { token })).status).toBe(200);
    expect((await bench.api("GET", route, { token })).status).toBe(200);
  });
});

describe("pages of a list", () => {
  it("are linked forwards and backwards", async () => {
    for (let each = 0; each < 5; each += 1)
      await bench.api("POST", `${repo}/issues`, { body: { title: `n${each}` } });
    const first = await bench.api("GET", `${repo}/issues?per_page=2&state=all`);
    expect(first.body).toHaveLength(2);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    expect(next).toContain("per_page=2&state=all&page=2");
    const last = await bench.api("GET", `${repo}/issues?per_page=2&state=all&page=3`);
    expect(last.headers.get("link")).toContain('rel="prev"');
    expect(last.headers.get("link")).not.toContain('rel="next"');
  });
});

// Last, so that it sees the answers and webhooks of everything above.
it("answers and tells only what GitHub's own description allows", async () => {
  await bench.github.webhooksSent();
  expect(bench.github.violations()).toEqual([]);
});
