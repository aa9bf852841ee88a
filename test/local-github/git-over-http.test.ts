import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, type Bench } from "./harness.ts";

let bench: Bench;
let clone: string;

beforeAll(async () => {
  bench = await startBench();
  clone = await bench.repository("acme", "artwork", { "a.txt": "one\n" });
});
afterAll(() => bench.close());

const repo = "/repos/acme/artwork";

describe("git over http", () => {
  it("clones a public repository without a token", async () => {
    const target = path.join(bench.folder, "anonymous");
    await bench.git(bench.folder, "clone", "-q", `${bench.url}/acme/artwork`, target);
    expect(await bench.git(target, "ls-files")).toBe("a.txt");
    await bench.git(
      bench.folder,
      "clone",
      "-q",
      "--depth=1",
      "--filter=blob:none",
      `${bench.url}/acme/artwork.git`,
      `${target}2`,
    );
  });

  it("asks for a token before it shows a private repository", async () => {
    await bench.api("POST", "/user/repos", { body: { name: "secret", private: true, auto_init: true } });
    const clonePrivate = (token: string) =>
      bench.git(
        bench.folder,
        "clone",
        "-q",
        token === "" ? `${bench.url}/alice/secret` : bench.remote("alice", "secret", token),
      );
    await expect(clonePrivate("")).rejects.toThrow(/could not read Username|terminal prompts disabled/);
    await expect(clonePrivate("bob-token")).rejects.toThrow("not found");
    await expect(clonePrivate("wrong")).rejects.toThrow(/Authentication failed|403|401/);
    await clonePrivate(await bench.installationToken("alice", { permissions: { contents: "read" } }));
  });

  it("takes pushes from who may write only", async () => {
    await bench.commit(clone, { "b.txt": "two\n" });
    const push = (token: string) =>
      bench.git(clone, "push", "-q", bench.remote("acme", "artwork", token), "HEAD:refs/heads/b");
    await expect(push("bob-token")).rejects.toThrow("403");
    await expect(
      push(await bench.installationToken("acme", { permissions: { contents: "read" } })),
    ).rejects.toThrow("403");
    await expect(
      bench.git(clone, "push", "-q", `${bench.url}/acme/artwork`, "HEAD:refs/heads/b"),
    ).rejects.toThrow();
    await push(await bench.installationToken("acme"));
    expect((await bench.api("GET", `${repo}/branches/b`)).status).toBe(200);
  });

  it("refuses a push that is no fast forward, and one to a pull request's own refs", async () => {
    await bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/main");
    await bench.git(clone, "commit", "-q", "--amend", "-m", "rewritten");
    await expect(bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/main")).rejects.toThrow(
      /non-fast-forward|fetch first|rejected/,
    );
    await expect(bench.git(clone, "push", "-q", "origin", "HEAD:refs/pull/9/head")).rejects.toThrow(
      "hidden ref",
    );
    await bench.git(clone, "push", "-q", "--force", "origin", "HEAD:refs/heads/forced");
  });

  it("takes a push of many megabytes", async () => {
    const blob = Array.from({ length: 60_000 }, (_, line) => `${line} ${Math.sin(line)}`).join("\n");
    await bench.commit(clone, { "large.txt": blob.repeat(4) });
    await bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/large");
    const fetched = path.join(bench.folder, "large");
    await bench.git(bench.folder, "clone", "-q", "-b", "large", `${bench.url}/acme/artwork`, fetched);
    expect(await bench.git(fetched, "rev-parse", "HEAD")).toBe(await bench.git(clone, "rev-parse", "HEAD"));
  });

  it("keeps pushes and commits by REST apart when they come at once", async () => {
    const other = await bench.repository("acme", "busy");
    const tasks = Array.from({ length: 6 }, async (_, each) => {
      const content = Buffer.from(`${each}`).toString("base64");
      const body = { message: `rest ${each}`, content, branch: "main" };
      return (await bench.api("PUT", `/repos/acme/busy/contents/${each}.txt`, { body })).status;
    });
    const pushes = Array.from({ length: 4 }, (_, each) =>
      bench.git(other, "push", "-q", "origin", `HEAD:refs/heads/p${each}`),
    );
    expect(await Promise.all(tasks)).toEqual([201, 201, 201, 201, 201, 201]);
    await Promise.all(pushes);
    expect((await bench.api("GET", "/repos/acme/busy/contents/")).body).toHaveLength(7);
    expect((await bench.api("GET", "/repos/acme/busy/branches")).body).toHaveLength(5);
  });
});

it("every webhook and answer fits GitHub's description", async () => {
  await bench.github.webhooksSent();
  expect(bench.github.violations()).toEqual([]);
});
