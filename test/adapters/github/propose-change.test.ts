import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ProposedChange } from "#domain/ports.ts";
import { head, REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

/** What takes a.txt back to "good" and removes b.txt. */
async function revertOf(branch: string): Promise<ProposedChange> {
  const first = await host.codeHost.commitFiles(
    host.repository,
    "main",
    await head(host),
    [
      { path: "a.txt", content: `good ${branch}\n` },
      { path: "b.txt", content: null },
    ],
    "Good",
  );
  if (first.kind !== "committed") throw new Error("the branch moved");
  const { data } = await host.alice.rest.git.getTree({ ...REPO, tree_sha: first.commit });
  const blob = data.tree.find((entry) => entry.path === "a.txt")?.sha ?? null;
  const changes = [
    { path: "a.txt", content: `bad ${branch}\n` },
    { path: "b.txt", content: "new\n" },
  ];
  const bad = await host.codeHost.commitFiles(host.repository, "main", first.commit, changes, "Bad");
  if (bad.kind !== "committed") throw new Error("the branch moved");
  const files = [
    { path: "a.txt", mode: "100644" as const, blob },
    { path: "b.txt", mode: "100644" as const, blob: null },
  ];
  const text = { title: "Revert artwork@4", body: "It failed.", commitBody: "It failed." };
  return { branch, base: "main", baseCommit: bad.commit, files, ...text };
}

describe("proposeChange", () => {
  it("opens one pull request that takes the files back, however often it is asked", async () => {
    const request = await revertOf("showrunner/revert-1");
    const number = await host.codeHost.proposeChange(host.repository, request);
    expect(await host.restarted().proposeChange(host.repository, request)).toBe(number);
    const { data: pull } = await host.alice.rest.pulls.get({ ...REPO, pull_number: number });
    expect(pull).toMatchObject({ title: "Revert artwork@4", user: { login: host.botLogin }, commits: 1 });
    await host.alice.rest.pulls.merge({ ...REPO, pull_number: number });
    const { data } = await host.alice.rest.git.getTree({ ...REPO, tree_sha: "main" });
    const paths = data.tree.map((entry) => entry.path);
    expect(paths).toContain("a.txt");
    expect(paths).not.toContain("b.txt");
    const blob = data.tree.find((entry) => entry.path === "a.txt")?.sha;
    expect(request.files[0]).toMatchObject({ blob });
  });

  it("does not open again what a person closed", async () => {
    const request = await revertOf("showrunner/revert-2");
    const number = await host.codeHost.proposeChange(host.repository, request);
    await host.alice.rest.pulls.update({ ...REPO, pull_number: number, state: "closed" });
    expect(await host.codeHost.proposeChange(host.repository, request)).toBe(number);
  });

  it("goes on where a crash left it", async () => {
    const request = await revertOf("showrunner/revert-3");
    host.intercept = async ({ method, path }) => {
      if (method === "POST" && path.endsWith("/pulls")) throw new Error("crash");
      return Promise.resolve(null);
    };
    await expect(host.codeHost.proposeChange(host.repository, request)).rejects.toThrow();
    host.forget();
    expect(await host.restarted().proposeChange(host.repository, request)).toBeGreaterThan(0);
  });
});
