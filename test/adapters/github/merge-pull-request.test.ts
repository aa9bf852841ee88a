import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("mergePullRequest", () => {
  it("merges exactly the head that was named", async () => {
    const { number, sha } = await host.newPullRequest({ "merge-1.txt": "one" });
    expect(await host.codeHost.mergePullRequest(host.repository, number, sha)).toBe("merged");
    const { data } = await host.alice.rest.pulls.get({ ...REPO, pull_number: number });
    expect(data).toMatchObject({ merged: true, head: { sha } });
  });

  it("merges nothing after another push", async () => {
    const { number } = await host.newPullRequest({ "merge-2.txt": "two" });
    expect(await host.codeHost.mergePullRequest(host.repository, number, "f".repeat(40))).toBe("moved");
    const { data } = await host.alice.rest.pulls.get({ ...REPO, pull_number: number });
    expect(data.merged).toBe(false);
  });

  it("says so when GitHub refuses", async () => {
    const { number, sha } = await host.newPullRequest({ "merge-3.txt": "three" });
    await host.alice.rest.pulls.update({ ...REPO, pull_number: number, state: "closed" });
    expect(await host.codeHost.mergePullRequest(host.repository, number, sha)).toBe("refused");
  });
});
