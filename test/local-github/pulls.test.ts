import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, type Bench } from "./harness.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

describe("a pull request", () => {
  it("is opened, merged with both sides kept, and told by webhooks", async () => {
    const clone = await bench.repository("acme", "artwork", { "a.txt": "a\n", "b.txt": "b\n" });
    await bench.git(clone, "checkout", "-q", "-b", "topic");
    await bench.commit(clone, { "c.txt": "c\n" }, "topic");
    await bench.git(clone, "push", "-q", "origin", "topic");
    const made = await bench.api("POST", "/repos/acme/artwork/pulls", {
      body: { title: "T", head: "topic", base: "main", body: "x" },
    });
    expect(made.body).toMatchObject({ mergeable: true, commits: 1, additions: 1, changed_files: 1 });
    await bench.git(clone, "checkout", "-q", "main");
    await bench.commit(clone, { "d.txt": "d\n" }, "main side");
    await bench.git(clone, "push", "-q", "origin", "main");
    const files = await bench.api("GET", "/repos/acme/artwork/pulls/1/files");
    expect(files.body).toMatchObject([{ filename: "c.txt", patch: "@@ -0,0 +1 @@\n+c" }]);
    const merged = await bench.api("PUT", "/repos/acme/artwork/pulls/1/merge", { body: {} });
    expect(merged.body).toMatchObject({ merged: true });
    await bench.git(clone, "fetch", "-q", "origin", "refs/heads/main", "+refs/pull/*:refs/pull/*");
    expect((await bench.git(clone, "ls-tree", "--name-only", "FETCH_HEAD")).split("\n")).toEqual([
      "a.txt",
      "b.txt",
      "c.txt",
      "d.txt",
    ]);
    await bench.github.webhooksSent();
  });
});
