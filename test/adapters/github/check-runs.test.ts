import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Annotation, CheckEnd, CheckRun } from "#domain/ports.ts";
import { REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("endCheckRun", () => {
  it("cancels what is under way, once, and again when it went on since", async () => {
    const { sha } = await host.newPullRequest({ "e1.txt": "1" });
    const underWay = check(sha, { outcome: { status: "in_progress" } });
    await host.codeHost.upsertCheckRun(host.repository, underWay);
    await host.codeHost.endCheckRun(host.repository, end(sha, "first"));
    await host.codeHost.endCheckRun(host.repository, end(sha, "first"));
    expect(host.writes()).toHaveLength(2);
    expect(await runsOf(sha)).toMatchObject([{ conclusion: "cancelled", output: { title: "Ended" } }]);
    await host.codeHost.upsertCheckRun(host.repository, { ...underWay, title: "Tried again" });
    await host.codeHost.endCheckRun(host.repository, end(sha, "second"));
    expect(await runsOf(sha)).toMatchObject([{ conclusion: "cancelled", output: { title: "Ended" } }]);
  });

  it("leaves a conclusion alone, and makes no check where there is none", async () => {
    const { sha } = await host.newPullRequest({ "e2.txt": "1" });
    await host.codeHost.endCheckRun(host.repository, end(sha, "first"));
    expect(await runsOf(sha)).toEqual([]);
    await host.codeHost.upsertCheckRun(host.repository, check(sha));
    await host.codeHost.endCheckRun(host.repository, end(sha, "second"));
    expect(await runsOf(sha)).toMatchObject([{ conclusion: "failure", output: { title: "Not valid" } }]);
  });
});

describe("upsertCheckRun", () => {
  it("creates once, updates in place, and writes nothing when nothing changed", async () => {
    const { sha } = await host.newPullRequest({ "c1.txt": "1" });
    const id = await host.codeHost.upsertCheckRun(
      host.repository,
      check(sha, { outcome: { status: "in_progress" } }),
    );
    expect(await host.codeHost.upsertCheckRun(host.repository, check(sha))).toBe(id);
    expect(await host.codeHost.upsertCheckRun(host.repository, check(sha))).toBe(id);
    expect(host.writes()).toHaveLength(2);
    const runs = await runsOf(sha);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      id,
      external_id: "pr:1",
      conclusion: "failure",
      output: { title: "Not valid" },
    });
  });

  it("makes one run of calls that come together, and one for each external id", async () => {
    const { sha } = await host.newPullRequest({ "c2.txt": "1" });
    const ids = await Promise.all(
      [1, 2, 3].map(() => host.codeHost.upsertCheckRun(host.repository, check(sha))),
    );
    expect(new Set(ids).size).toBe(1);
    await host.codeHost.upsertCheckRun(host.repository, check(sha, { externalId: "pr:2" }));
    expect(await runsOf(sha)).toHaveLength(2);
  });

  it("finds its run again after a crash between creating and remembering", async () => {
    const { sha } = await host.newPullRequest({ "c3.txt": "1" });
    const annotations = [annotation(1), annotation(2)];
    const id = await host.codeHost.upsertCheckRun(host.repository, check(sha, { annotations }));
    host.effects.known.clear();
    expect(await host.restarted().upsertCheckRun(host.repository, check(sha, { annotations }))).toBe(id);
    const runs = await runsOf(sha);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.output.annotations_count).toBe(2);
  });

  it("finds its run again when the answer to the creation was lost", async () => {
    const { sha } = await host.newPullRequest({ "c4.txt": "1" });
    host.afterwards = ({ method, path }) => {
      if (method === "POST" && path.endsWith("/check-runs")) throw new TypeError("fetch failed");
    };
    const lost = host.codeHost.upsertCheckRun(host.repository, check(sha));
    await expect(lost).rejects.toMatchObject({ name: "CodeHostError", kind: "transient" });
    host.afterwards = () => undefined;
    await host.codeHost.upsertCheckRun(host.repository, check(sha));
    expect(await runsOf(sha)).toHaveLength(1);
  });

  it("sends hundreds of annotations in portions, and later only the missing ones", async () => {
    const { sha } = await host.newPullRequest({ "c5.txt": "1" });
    const annotations = Array.from({ length: 120 }, (_, index) => annotation(index + 1));
    const id = await host.codeHost.upsertCheckRun(host.repository, check(sha, { annotations }));
    expect(host.writes()).toHaveLength(3);
    expect((await runsOf(sha))[0]?.output.annotations_count).toBe(120);
    await host.codeHost.upsertCheckRun(
      host.repository,
      check(sha, { annotations: [...annotations, annotation(121)] }),
    );
    expect((await runsOf(sha))[0]).toMatchObject({ id, output: { annotations_count: 121 } });
  });

  it("cuts texts that GitHub would refuse, and refuses buttons over the limits before sending", async () => {
    const { sha } = await host.newPullRequest({ "c6.txt": "1" });
    const long = "a line of text\n".repeat(10_000);
    await host.codeHost.upsertCheckRun(
      host.repository,
      check(sha, { title: "t".repeat(999), summary: long, text: long }),
    );
    const [run] = await runsOf(sha);
    expect(run?.output.summary?.length).toBeLessThanOrEqual(65_535);
    expect(run?.output.summary).toContain("The rest is left out");
    host.sent.length = 0;
    const actions = [{ label: "x".repeat(21), description: "", identifier: "x" }];
    await expect(host.codeHost.upsertCheckRun(host.repository, check(sha, { actions }))).rejects.toThrow(
      "longer",
    );
    expect(host.sent).toEqual([]);
  });
});

const check = (headSha: string, changes: Partial<CheckRun> = {}): CheckRun => ({
  externalId: "pr:1",
  name: "showrunner",
  headSha,
  outcome: { status: "completed", conclusion: "failure" },
  title: "Not valid",
  summary: "One problem",
  annotations: [],
  actions: [{ label: "Run again", description: "Validate once more", identifier: "again" }],
  ...changes,
});

const annotation = (line: number): Annotation => ({
  path: "showrunner.yaml",
  startLine: line,
  endLine: line,
  startColumn: 2,
  endColumn: 5,
  level: "failure",
  title: "unknown-region",
  message: `Line ${line} is wrong`,
});

async function runsOf(sha: string) {
  const { data } = await host.alice.rest.checks.listForRef({ ...REPO, ref: sha, filter: "all" });
  return data.check_runs;
}

function end(headSha: string, occasion: string): CheckEnd {
  return { headSha, externalId: "pr:1", occasion, title: "Ended", summary: "There was a new push." };
}
