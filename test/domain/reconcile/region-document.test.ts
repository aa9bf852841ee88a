import { describe, expect, it } from "@jest/globals";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { regionDocument } from "#domain/reconcile/region-document.ts";
import type { CanaryRun, Experiment, Hold, Release } from "#schemas/types.ts";
import { fleetOf, revision } from "../rollout/rollout-fleet.ts";

function release(script: string, version: string, rest: Partial<Release>): Release {
  return { kind: "Release", script, version, source: { repoId: 1, repo: "acme/x", path: "." }, ...rest };
}

function snapshotOf(...releases: Release[]): FleetSnapshot {
  return {
    commit: "c".repeat(40),
    generation: 7,
    committedAtMs: Date.parse("2026-11-02T10:00:00Z"),
    fleet: { ...fleetOf(["eu-west-1"]), epoch: 2, egressAllow: ["catalog.internal:443"] },
    fleetText: "",
    releases: new Map([
      ["eu-west-1", new Map(releases.map((entry) => [`${entry.script}@${entry.version}`, entry]))],
    ]),
    holds: new Map(),
    freezes: new Map(),
    kills: new Map(),
    canaries: new Map(),
    groups: new Map(),
    campaigns: new Map(),
    experiments: new Map(),
    problems: [],
  };
}

function rolesOf(snapshot: FleetSnapshot): unknown[] {
  const instances = regionDocument(snapshot, "eu-west-1").scripts[0]?.instances ?? [];
  return instances.map(({ role, digest, weight }) => [role, digest, weight]);
}

function withRuns(only: Release, ...runs: CanaryRun[]): FleetSnapshot {
  return { ...snapshotOf(only), canaries: new Map(runs.map((entry) => [entry.runId, entry])) };
}

const rollout = { id: "r", wave: 1, startedAt: "", waveStartedAt: "", promisedBy: "" };

describe("regionDocument", () => {
  it("carries the fleet's epoch, generation, time and egress", () => {
    expect(regionDocument(snapshotOf(), "eu-west-1")).toEqual({
      schema: 1,
      region: "eu-west-1",
      epoch: 2,
      generation: 7,
      issuedAt: "2026-11-02T10:00:00.000Z",
      egressAllow: ["catalog.internal:443"],
      scripts: [],
    });
  });

  it.each([
    ["a stable revision runs on every node", { stable: revision("a") }, [["a", 100]]],
    [
      "the next revision comes first, for its share of nodes",
      { stable: revision("a"), next: { ...revision("b"), nodesPct: 50 }, rollout },
      [
        ["b", 50],
        ["a", 100],
      ],
    ],
    [
      "the next revision alone where it has all nodes",
      { stable: revision("a"), next: { ...revision("b"), nodesPct: 100 }, rollout },
      [["b", 100]],
    ],
    [
      "a first release runs where it was started",
      { next: { ...revision("b"), nodesPct: 25 }, rollout },
      [["b", 25]],
    ],
  ])("%s", (_name, rest, expected) => {
    const [script] = regionDocument(snapshotOf(release("artwork", "4", rest)), "eu-west-1").scripts;
    expect(script?.instances).toEqual(
      expected.map(([letter, nodesPct]) => ({
        role: "stable",
        digest: revision(String(letter)).digest,
        nodesPct,
      })),
    );
  });

  it("serves the newest proven version to those who name none", () => {
    const document = regionDocument(
      snapshotOf(
        release("artwork", "10", { stable: revision("a") }),
        release("artwork", "9", { stable: revision("a") }),
        release("artwork", "11", { next: { ...revision("b"), nodesPct: 50 }, rollout }),
      ),
      "eu-west-1",
    );
    expect(document.scripts.map(({ version, isDefault }) => [version, isDefault])).toEqual([
      ["9", false],
      ["10", true],
      ["11", false],
    ]);
  });

  it("is the same bytes whatever the order in which files were read", () => {
    const one = release("artwork", "4", { stable: revision("a") });
    const two = release("search", "1", { stable: revision("b") });
    expect(JSON.stringify(regionDocument(snapshotOf(one, two), "eu-west-1"))).toBe(
      JSON.stringify(regionDocument(snapshotOf(two, one), "eu-west-1")),
    );
  });

  const run: CanaryRun = {
    kind: "CanaryRun",
    runId: "artwork@4-bbbbbbb-1",
    script: "artwork",
    version: "4",
    repoId: 1,
    pull: 7,
    headSha: "d".repeat(40),
    baseline: revision("a"),
    candidate: revision("b"),
    regions: ["eu-west-1"],
    sharePct: 50,
    stickyBy: "user",
    windowSeconds: 2,
    startedAt: "2026-11-02T10:00:00Z",
    expiresAt: "2026-11-02T10:30:00Z",
    cause: "pullRequest",
  };
  const stable = { stable: revision("a") };
  it("gives canary and a fresh baseline the same share, capped by the fleet, the same end and the same windows", () => {
    const [script] = regionDocument(withRuns(release("artwork", "4", stable), run), "eu-west-1").scripts;
    const shared = {
      nodesPct: 100,
      weight: 1000,
      runId: run.runId,
      stickyBy: "user",
      expiresAt: run.expiresAt,
      windowSeconds: 2,
    };
    expect(script?.instances.slice(1)).toEqual([
      { role: "canary", digest: run.candidate.digest, ...shared },
      { role: "baseline", digest: run.baseline.digest, ...shared },
    ]);
  });

  it.each([
    ["in another region", stable, { ...run, regions: ["us-east-1"] }],
    ["of another version", stable, { ...run, version: "5" }],
    ["against what is no longer stable", { stable: revision("e") }, run],
    ["while a rollout is on its way", { ...stable, next: { ...revision("c"), nodesPct: 50 }, rollout }, run],
  ])("has no instances for a run %s", (_name, rest, entry) => {
    const roles = rolesOf(withRuns(release("artwork", "4", rest), entry));
    expect(roles.every((role) => Array.isArray(role) && role[0] === "stable")).toBe(true);
  });

  it("serves the older one of two runs of a script", () => {
    const second = {
      ...run,
      runId: "artwork@4-ccccccc-1",
      candidate: revision("c"),
      startedAt: "2026-11-02T10:01:00Z",
    };
    const roles = rolesOf(withRuns(release("artwork", "4", stable), second, run));
    expect(roles[1]).toEqual(["canary", run.candidate.digest, 1000]);
    expect(roles).toHaveLength(3);
  });

  it("gives the cells of a running experiment their shares beside stable and a canary, and none once it has ended", () => {
    const running = {
      since: "2026-11-02T10:00:00Z",
      expiresAt: "2026-11-02T11:00:00Z",
      windowSeconds: 60,
      periodSeconds: 60,
      base: revision("a"),
      cells: [
        { name: "plain", sharePct: 20, ...revision("a") },
        { name: "quote", sharePct: 12.5, ...revision("d") },
      ],
    };
    const experiment: Experiment = {
      kind: "Experiment",
      name: "cards",
      owner: "team-art",
      script: "artwork",
      version: "4",
      stickyBy: "user",
      cells: [],
      running,
    };
    const snapshotWith = (change: Partial<Experiment>): FleetSnapshot => ({
      ...snapshotOf(release("artwork", "4", { stable: revision("a") })),
      experiments: new Map([["cards", { path: "", text: "", experiment: { ...experiment, ...change } }]]),
    });
    const shared = { nodesPct: 100, runId: "cards", stickyBy: "user", windowSeconds: 60 };
    expect(regionDocument(snapshotWith({}), "eu-west-1").scripts[0]?.instances.slice(1)).toEqual([
      { role: "plain", digest: revision("a").digest, weight: 2000, expiresAt: running.expiresAt, ...shared },
      { role: "quote", digest: revision("d").digest, weight: 1250, expiresAt: running.expiresAt, ...shared },
    ]);
    const ended = { at: running.since, by: "@maya", outcome: "stopped", reason: "enough" } as const;
    for (const change of [{ ended }, { regions: ["us-east-1"] }, { version: "3" }])
      expect(rolesOf(snapshotWith(change))).toHaveLength(1);
    const hold: Hold = {
      kind: "Hold",
      script: "artwork",
      version: "4",
      mode: "rollback",
      revision: revision("a"),
      reason: "12 of 40 requests failed",
      by: "showrunner",
      at: running.since,
    };
    const heldBack = { ...snapshotWith({}), holds: new Map([["artwork@4", hold]]) };
    expect(rolesOf(heldBack)).toHaveLength(1);
  });
});
