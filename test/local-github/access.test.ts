import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { request } from "node:http";
import { appJwt, startBench, type Bench } from "./harness.ts";
import { generateKeyPairSync } from "node:crypto";

let bench: Bench;
let head: string;

beforeAll(async () => {
  bench = await startBench();
  const clone = await bench.repository("acme", "artwork");
  head = await bench.git(clone, "rev-parse", "HEAD");
  await bench.api("POST", "/user/repos", { body: { name: "secret", private: true, auto_init: true } });
});
afterAll(() => bench.close());

const repo = "/repos/acme/artwork";
const check = { name: "validate", head_sha: "" };

describe("signing in", () => {
  it("takes the app's own web token, and no other", async () => {
    expect((await bench.api("GET", "/app", { token: bench.appJwt() })).body).toMatchObject({
      id: 4242,
      slug: "showrunner",
    });
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const nowS = Math.floor(Date.now() / 1000);
    for (const token of [
      appJwt(4242, privateKey),
      bench.appJwt({ exp: nowS - 1 }),
      bench.appJwt({ exp: nowS + 3600 }),
      bench.appJwt({ iss: 1 }),
      `${bench.appJwt()}x`.replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString("base64url")),
    ]) {
      expect((await bench.api("GET", "/app", { token })).status).toBe(401);
    }
  });

  it("refuses unknown tokens, and the app's endpoints to everyone else", async () => {
    expect((await bench.api("GET", "/user", { token: "wrong" })).body).toMatchObject({
      message: "Bad credentials",
    });
    expect((await bench.api("GET", "/app")).status).toBe(401);
    expect(
      (await bench.api("GET", "/app/hook/deliveries", { token: await bench.installationToken("acme") }))
        .status,
    ).toBe(401);
    expect((await bench.api("GET", repo, { token: bench.appJwt() })).status).toBe(401);
  });

  it("ends with a revoked token", async () => {
    const token = await bench.installationToken("acme");
    expect((await bench.api("GET", "/installation/repositories", { token })).body.total_count).toBe(1);
    expect((await bench.api("DELETE", "/installation/token", { token })).status).toBe(204);
    expect((await bench.api("GET", "/installation/repositories", { token })).status).toBe(401);
  });
});

describe("an installation", () => {
  it("may do what the app was given and no more", async () => {
    const token = await bench.installationToken("acme");
    const narrow = await bench.installationToken("acme", { permissions: { contents: "read" } });
    const body = { ...check, head_sha: head };
    expect((await bench.api("POST", `${repo}/check-runs`, { token, body })).status).toBe(201);
    expect(await bench.api("POST", `${repo}/check-runs`, { token: narrow, body })).toMatchObject({
      status: 403,
      body: { message: "Resource not accessible by integration" },
    });
    expect((await bench.api("PATCH", repo, { token, body: { description: "x" } })).status).toBe(403);
    const greedy = await bench.api(
      "POST",
      `/app/installations/${(await installation("acme")).id}/access_tokens`,
      {
        token: bench.appJwt(),
        body: { permissions: { administration: "write" } },
      },
    );
    expect(greedy.status).toBe(422);
  });

  it("reaches only its owner's repositories", async () => {
    const token = await bench.installationToken("acme");
    expect((await bench.api("GET", "/repos/alice/secret", { token })).status).toBe(404);
    const own = await bench.installationToken("alice");
    expect((await bench.api("GET", "/repos/alice/secret", { token: own })).status).toBe(200);
    const other = await bench.api("POST", `${repo}/check-runs`, {
      token: own,
      body: { ...check, head_sha: head },
    });
    expect(other.status).toBe(403);
    const picked = await bench.installationToken("alice", { repositories: ["secret"] });
    expect((await bench.api("GET", "/installation/repositories", { token: picked })).body).toMatchObject({
      total_count: 1,
      repository_selection: "selected",
    });
  });

  it("is found by repository", async () => {
    const found = await bench.api("GET", `${repo}/installation`, { token: bench.appJwt() });
    expect(found.body).toMatchObject({ id: (await installation("acme")).id, account: { login: "acme" } });
    expect((await bench.api("GET", "/app/installations", { token: bench.appJwt() })).body).toHaveLength(2);
    expect(bench.github.violations()).toEqual([]);
  });
});

describe("a person", () => {
  it("reads what is public, sees nothing of what is private, and writes only where allowed", async () => {
    const bob = { token: "bob-token" };
    expect((await bench.api("GET", repo, bob)).status).toBe(200);
    expect((await bench.api("GET", repo, { token: "" })).status).toBe(200);
    expect((await bench.api("GET", "/repos/alice/secret", bob)).status).toBe(404);
    expect((await bench.api("GET", "/repos/alice/secret", { token: "" })).status).toBe(404);
    const ref = { body: { ref: "refs/heads/x", sha: head } };
    expect((await bench.api("POST", `${repo}/git/refs`, { ...bob, ...ref })).status).toBe(403);
    expect((await bench.api("POST", `${repo}/git/refs`, { token: "", ...ref })).status).toBe(401);
    expect(
      (await bench.api("POST", `${repo}/check-runs`, { body: { ...check, head_sha: head } })).status,
    ).toBe(403);
    expect((await bench.api("POST", "/orgs/new/repos", { ...bob, body: { name: "x" } })).status).toBe(404);
  });

  it("has the permission that was given", async () => {
    const route = `${repo}/collaborators/bob`;
    expect((await bench.api("GET", `${route}/permission`)).body.permission).toBe("read");
    expect((await bench.api("PUT", route, { body: { permission: "push" } })).status).toBe(204);
    expect((await bench.api("GET", `${route}/permission`)).body).toMatchObject({ permission: "write" });
    expect((await bench.api("GET", `${repo}/collaborators/alice/permission`)).body.permission).toBe("admin");
    expect((await bench.api("GET", `${repo}/collaborators/nobody/permission`)).status).toBe(404);
  });
});

describe("hostile input", () => {
  it.each([
    ["GET", "/api/v3/repos/%2e%2e/etc"],
    ["GET", "/api/v3/repos/..%2f..%2fetc/passwd"],
    ["GET", "/api/v3/repos/--upload-pack/x"],
    ["GET", "/..%2f..%2fetc/passwd.git/info/refs?service=git-upload-pack"],
    ["GET", "/acme/..%2f..%2fx.git/info/refs?service=git-upload-pack"],
    ["GET", "/--upload-pack=id/x.git/info/refs?service=git-upload-pack"],
    ["GET", "/api/v3/repos/acme/artwork/contents/..%2f..%2fHEAD"],
    ["GET", "/api/v3/repos/acme/artwork/contents/.git/config"],
    ["GET", "/api/v3/repos/acme/artwork/contents/README.md?ref=--output=x"],
    ["GET", "/api/v3/repos/acme/artwork/commits/--all"],
    ["GET", "/api/v3/repos/acme/artwork/commits/main%0acontents%20main"],
    ["GET", "/api/v3/repos/acme/artwork/commits?sha=--all"],
    ["GET", "/api/v3/repos/acme/artwork/compare/--x...--output=y"],
    ["GET", "/api/v3/repos/acme/artwork/git/ref/heads/..%2f..%2fHEAD"],
    ["GET", "/api/v3/repos/acme/artwork/git/trees/--help"],
    ["GET", "/api/v3/repos/acme/artwork/git/blobs/main:README.md"],
    ["GET", "/api/v3/repos/acme/artwork/%ff"],
    ["GET", "/%ff/x"],
    ["GET", "//evil/x"],
    ["GET", "http://other.invalid/x"],
    ["GET", "/__proto__/constructor"],
    ["GET", "/api/v3/repos/acme/artwork/branches/__proto__/protection"],
  ])("%s %s is refused", async (method, target) => {
    const status = await rawStatus(method, target);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).not.toBe(500);
  });

  it.each(["..", ".", "a..git", "x.git", "--upload-pack", "a/b", "a b", "a\nb", ""])(
    "a repository cannot be called %j",
    async (name) => {
      const made = await bench.api("POST", "/user/repos", { body: { name } });
      // A leading dash is a fine name on GitHub: it never reaches a command line by itself.
      expect(made.status).toBe(name === "--upload-pack" || name === "a..git" ? made.status : 422);
    },
  );

  it.each([
    "refs/heads/../x",
    "refs/heads/-x",
    "refs/heads/a b",
    "main",
    "refs/heads/x.lock",
    "refs/pull/1/head",
    "refs/heads/a\nb",
  ])("a ref cannot be called %j", async (ref) => {
    expect((await bench.api("POST", `${repo}/git/refs`, { body: { ref, sha: head } })).status).toBe(422);
  });

  it.each(["../x", "/x", ".git/config", "a/../b", "a//b", "a\u0000b", "x/.GIT/y"])(
    "a tree cannot hold %j",
    async (path) => {
      const tree = [{ path, mode: "100644", type: "blob", content: "x" }];
      expect((await bench.api("POST", `${repo}/git/trees`, { body: { tree } })).status).toBe(422);
    },
  );

  it("cannot forge headers of a commit", async () => {
    const tree = (await bench.api("GET", `${repo}/git/commits/${head}`)).body.tree.sha;
    const author = { name: "x\nparent 0000", email: "a@b>\ncommitter x", date: "2026-01-01T00:00:00Z" };
    const made = await bench.api("POST", `${repo}/git/commits`, {
      body: { message: "m", tree, author, parents: [head] },
    });
    expect(made.body).toMatchObject({ parents: [{ sha: head }], author: { name: "xparent 0000" } });
  });

  it("is cut off when a body is too large", async () => {
    const body = Buffer.alloc(65 * 1024 * 1024, 32);
    const response = await fetch(`${bench.url}/api/v3${repo}/git/blobs`, {
      method: "POST",
      headers: { authorization: "token alice-token" },
      body,
    }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
    expect((await bench.api("GET", repo)).status).toBe(200);
  });

  it("does not choke on broken JSON", async () => {
    const response = await fetch(`${bench.url}/api/v3/user/repos`, {
      method: "POST",
      headers: { authorization: "token alice-token" },
      body: "{nope",
    });
    expect(response.status).toBe(400);
  });

  it("is escaped on pages", async () => {
    const title = `<script>alert("x")</script>`;
    const { body } = await bench.api("POST", `${repo}/issues`, { body: { title } });
    expect(body.title).toBe(title);
    await bench.api("PATCH", repo, { body: { description: title } });
    const page = await fetch(`${bench.url}/acme/artwork`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
  });
});

async function installation(login: string): Promise<{ id: number }> {
  return (await bench.api("GET", `/users/${login}/installation`, { token: bench.appJwt() })).body;
}

/** A request whose target nobody tidies up on the way. */
function rawStatus(method: string, target: string): Promise<number> {
  const { hostname, port } = new URL(bench.url);
  return new Promise((resolve, reject) => {
    const headers = { authorization: "token alice-token" };
    const sent = request({ hostname, port, method, path: target, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once("error", reject).end();
  });
}
