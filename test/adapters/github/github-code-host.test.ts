import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { head, REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("reading", () => {
  it("finds the repositories the app is installed on", () => {
    expect(host.repository).toMatchObject({
      fullName: "alice/scripts",
      defaultBranch: "main",
      archived: false,
    });
    expect(host.repository.pushedAt).not.toBe("");
  });

  it("knows heads of branches, and none for a branch or repository without one", async () => {
    expect(await head(host)).toMatch(/^[0-9a-f]{40}$/);
    expect(await host.codeHost.branchHead(host.repository, "none")).toBeNull();
    const { data } = await host.alice.rest.repos.createForAuthenticatedUser({ name: "empty" });
    const empty = { id: data.id, fullName: data.full_name, defaultBranch: "main" };
    expect(await host.codeHost.branchHead(empty, "main")).toBeNull();
  });

  it("follows a pull request from open to merged", async () => {
    const { number, branch, sha } = await host.newPullRequest({ "a.txt": "1\n", "dir/b.txt": "2\n" });
    const open = (await host.codeHost.openPullRequests(host.repository)).find((one) => one.number === number);
    expect(open).toMatchObject({ number, author: "alice", state: "open", head: { branch, sha } });
    expect(await host.codeHost.changedFiles(host.repository, number)).toEqual(["a.txt", "dir/b.txt"]);

    await host.alice.rest.pulls.merge({ ...REPO, pull_number: number });
    const merged = await host.codeHost.pullRequest(host.repository, number);
    expect(merged).toMatchObject({ state: "merged", mergeCommit: await head(host) });
    const ofCommit = await host.codeHost.pullRequestsOfCommit(host.repository, await head(host));
    expect(ofCommit.map((one) => one.number)).toEqual([number]);
    expect(await host.codeHost.openPullRequests(host.repository)).toEqual([]);
  });

  it("names both sides of a rename", async () => {
    await host
      .newPullRequest({ "old.txt": "one\ntwo\nthree\nfour\n" })
      .then(({ number }) => host.alice.rest.pulls.merge({ ...REPO, pull_number: number }));
    const base = await head(host);
    await host.alice.rest.git.createRef({ ...REPO, ref: "refs/heads/rename", sha: base });
    const changes = [
      { path: "old.txt", content: null },
      { path: "new.txt", content: "one\ntwo\nthree\nfour\n" },
    ];
    await host.codeHost.commitFiles(host.repository, "rename", base, changes, "Rename");
    const { data } = await host.alice.rest.pulls.create({
      ...REPO,
      title: "Rename",
      head: "rename",
      base: "main",
    });
    expect(await host.codeHost.changedFiles(host.repository, data.number)).toEqual(["new.txt", "old.txt"]);
    await host.alice.rest.pulls.update({ ...REPO, pull_number: data.number, state: "closed" });
    expect(await host.codeHost.pullRequest(host.repository, data.number)).toMatchObject({ state: "closed" });
  });

  it("has no test merge for a pull request that conflicts", async () => {
    const { number } = await host.newPullRequest({ "README.md": "mine\n" });
    const conflicting = await host.newPullRequest({ "README.md": "theirs\n" });
    await host.alice.rest.pulls.merge({ ...REPO, pull_number: number });
    const found = await host.codeHost.pullRequest(host.repository, conflicting.number);
    expect(found).toMatchObject({ state: "open", mergeCommit: null });
    await host.alice.rest.pulls.update({ ...REPO, pull_number: conflicting.number, state: "closed" });
  });

  it("says none for a pull request or commit that is not there", async () => {
    expect(await host.codeHost.pullRequest(host.repository, 9_999)).toBeNull();
    expect(await host.codeHost.pullRequestsOfCommit(host.repository, "1".repeat(40))).toEqual([]);
  });
});

describe("gitAccess", () => {
  it("lets git read, reuses its token, and renews it before it expires", async () => {
    const access = await host.codeHost.gitAccess(host.repository);
    const refs = await execGit(access, "ls-remote");
    expect(refs).toContain("refs/heads/main");
    await Promise.all([host.codeHost.gitAccess(host.repository), host.codeHost.gitAccess(host.repository)]);
    const before = tokens();
    host.nowMs += 56 * 60_000;
    await Promise.all([host.codeHost.gitAccess(host.repository), host.codeHost.gitAccess(host.repository)]);
    expect(tokens()).toBe(before + 1);
  });

  it("refuses a name that belongs to another repository by now, with one question a look", async () => {
    await expect(host.codeHost.gitAccess({ ...host.repository, id: 1 })).rejects.toMatchObject({
      kind: "transient",
    });
    await host.codeHost.gitAccess(host.repository);
    host.sent.length = 0;
    await host.codeHost.gitAccess(host.repository);
    const questions = host.sent.filter(({ method }) => method === "GET").map(({ path }) => path);
    expect(questions).toEqual(["/repos/alice/scripts"]);
  });

  it("lets git only read", async () => {
    const access = await host.codeHost.gitAccess(host.repository);
    await expect(execGit(access, "push", "HEAD:refs/heads/stolen")).rejects.toThrow();
  });
});

describe("limits and faults", () => {
  it("sends a request once, whatever the answer", async () => {
    let requests = 0;
    host.intercept = async () => {
      requests += 1;
      return answered(502);
    };
    await expect(head(host)).rejects.toMatchObject({ kind: "transient", retryAtMs: null });
    expect(requests).toBe(1);
  });

  it("takes a missing permission for terminal", async () => {
    host.intercept = async () => answered(403, {}, "Resource not accessible by integration");
    await expect(head(host)).rejects.toMatchObject({ kind: "terminal" });
  });
});

const answered = (status: number, headers: Record<string, string> = {}, message = "no") =>
  Response.json({ message }, { status, headers });

it("says when to come back after a rate limit, and asks nothing before", async () => {
  const retryAtMs = host.nowMs + 30_000;
  host.intercept = async () => answered(429, { "retry-after": "30" });
  await expect(head(host)).rejects.toMatchObject({ kind: "transient", retryAtMs });
  host.intercept = () => Promise.resolve(null);
  await expect(head(host)).rejects.toMatchObject({ kind: "transient", retryAtMs });
  host.nowMs = retryAtMs;
  await expect(head(host)).resolves.toMatch(/^[0-9a-f]{40}$/);
});

const tokens = () => host.writes().filter((line) => line.endsWith("/access_tokens")).length;

async function execGit(
  access: { url: string; authorization: string },
  command: string,
  ...args: string[]
): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: ${access.authorization}`,
    GIT_TERMINAL_PROMPT: "0",
  };
  const { stdout } = await promisify(execFile)("git", [command, access.url, ...args], { env });
  return stdout;
}
