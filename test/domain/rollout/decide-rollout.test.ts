import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { RolloutFleet, phaseOf, revision, run, script } from "./rollout-fleet.ts";

const threeRegions = { "eu-west-1": 2, "us-east-1": 2, "us-west-2": 2 };

describe("decideRollout", () => {
  it("brings a first release to every region and then has nothing more to do", () => {
    const fleet = new RolloutFleet(threeRegions);
    const end = run(fleet, revision("a"));
    expect(phaseOf(end)).toBe("completed");
    for (const region of Object.keys(threeRegions)) {
      expect(fleet.releases.get(region)?.stable).toEqual(revision("a"));
      expect(fleet.releases.get(region)?.next).toBeUndefined();
      expect(fleet.serving(region)).toEqual([revision("a").digest, revision("a").digest]);
    }
    expect(fleet.decide(revision("a"))).toMatchObject({ kind: "idle", writes: [] });
  });

  it("starts one wave at a time, and a wave with one node of two", () => {
    const fleet = new RolloutFleet(threeRegions);
    fleet.decide(revision("a"));
    expect([...fleet.releases.keys()]).toEqual(["eu-west-1"]);
    expect(fleet.releases.get("eu-west-1")?.next?.nodesPct).toBe(50);
    fleet.nodesReport();
    expect(fleet.serving("eu-west-1")).toEqual([revision("a").digest, null]);
  });

  it("starts the next wave in the commit that promotes the one before", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    fleet.written.length = 0;
    run(fleet, revision("b"));
    const promotion = fleet.written.findIndex(
      ({ region, release }) => region === "eu-west-1" && release.stable?.digest === revision("b").digest,
    );
    const starts = fleet.written.slice(promotion + 1, promotion + 3).map(({ region }) => region);
    expect(starts.sort()).toEqual(["us-east-1", "us-west-2"]);
    expect(fleet.written[promotion]?.atMs).toBe(fleet.written[promotion + 1]?.atMs);
  });

  it("does not promote before the bake's minimum has passed since every node attested", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    run(fleet, revision("b"), 6, 1_000);
    const attestedAtMs = fleet.nowMs;
    const decision = run(fleet, revision("b"), 3, 1_000);
    expect(phaseOf(decision)).toBe("baking");
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("a"));
    run(fleet, revision("b"), 12, 1_000);
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("b"));
    expect(fleet.nowMs - attestedAtMs).toBeGreaterThanOrEqual(10_000);
  });

  it.each([
    ["anew when nobody in the region was heard meanwhile", 0, 55],
    ["to its end when only one node was not heard for a while", 1, 1],
  ])("bakes %s", (_what, heard, stepsAfter) => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    const bake = { ...script.rollout.bake, minMs: 60_000, maxMs: 120_000 };
    fleet.manifest = { ...script, rollout: { ...script.rollout, bake } };
    expect(phaseOf(run(fleet, revision("b"), 30, 1_000))).toBe("baking");
    const first = fleet.nodes.filter((node) => node.region === "eu-west-1");
    for (const node of first.slice(heard)) node.isReachable = false;
    run(fleet, revision("b"), 120, 5_000);
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("a"));
    for (const node of first) node.isReachable = true;
    run(fleet, revision("b"), stepsAfter - 1, 1_000);
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("a"));
    run(fleet, revision("b"), 10, 1_000);
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("b"));
  });

  it("goes on at the same wave when everything but git was forgotten", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    run(fleet, revision("b"), 12);
    expect(fleet.releases.get("us-east-1")?.next?.digest).toBe(revision("b").digest);
    const promise = fleet.releases.get("us-east-1")?.rollout?.promisedBy;
    fleet.memory = null;
    const decision = run(fleet, revision("b"), 1);
    expect(decision).toMatchObject({ kind: "active", memory: { promisedByMs: Date.parse(promise ?? "") } });
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("b"));
    expect(phaseOf(run(fleet, revision("b")))).toBe("completed");
  });

  it("waits for a silent node and names it", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    const silent = fleet.nodes.find((node) => node.id === "eu-west-1-1");
    if (silent) silent.isReachable = false;
    const decision = run(fleet, revision("b"), 30);
    expect(decision).toMatchObject({
      phase: { kind: "shifting", wave: 1, waitingFor: ["eu-west-1-1"], unreachable: ["eu-west-1-1"] },
    });
    expect(fleet.releases.get("us-east-1")?.stable).toEqual(revision("a"));
    if (silent) silent.isReachable = true;
    expect(phaseOf(run(fleet, revision("b")))).toBe("completed");
  });

  it.each([
    ["skips a silent node where the region says so", "skip" as const, "completed"],
    ["gives up where the region says a silent node is a failure", "fail" as const, "aborted"],
  ])("%s", (_name, unreachable, expected) => {
    const fleet = new RolloutFleet(threeRegions, { unreachable });
    run(fleet, revision("a"));
    for (const node of fleet.nodes.filter(({ id }) => id === "eu-west-1-1")) node.isReachable = false;
    expect(phaseOf(run(fleet, revision("b"), 60))).toBe(expected);
  });

  it("goes back when a node cannot take the revision, and says which and why", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    for (const node of fleet.nodes) node.failsOn = revision("b").digest;
    const decision = run(fleet, revision("b"), 30);
    expect(decision).toMatchObject({
      phase: { kind: "rolledBack", by: "showrunner", to: revision("a").commit },
    });
    expect(fleet.hold?.reason).toBe("eu-west-1-0 in eu-west-1 could not take it: warm-up timed out");
    expect(fleet.serving("eu-west-1")).toEqual([revision("a").digest, revision("a").digest]);
    expect(fleet.releases.get("us-east-1")?.next).toBeUndefined();
  });

  it("lets a newer merge take over, and takes the older one back where it will not run", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    run(fleet, revision("b"), 12);
    expect(fleet.releases.get("us-east-1")?.next?.digest).toBe(revision("b").digest);
    expect(fleet.decide(revision("c"))).toMatchObject({ phase: { kind: "withdrawing" } });
    run(fleet, revision("c"), 2);
    expect(fleet.releases.get("us-east-1")?.next).toBeUndefined();
    expect(fleet.releases.get("eu-west-1")?.next?.digest).toBe(revision("c").digest);
    expect(phaseOf(run(fleet, revision("c")))).toBe("completed");
    expect(fleet.serving("us-west-2")).toEqual([revision("c").digest, revision("c").digest]);
  });

  it("goes back without a rollout where the merge is undone before its first promotion", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    fleet.decide(revision("b"));
    expect(fleet.decide(revision("a"))).toMatchObject({ kind: "idle", writes: [{ region: "eu-west-1" }] });
    fleet.nodesReport();
    expect(fleet.serving("eu-west-1")).toEqual([revision("a").digest, revision("a").digest]);
  });

  it.each([
    ["holds with too little data", "hold" as const, "held"],
    ["proceeds unproven with too little data where the manifest says so", "proceed" as const, "completed"],
  ])("%s", (_name, onTooLittleData, expected) => {
    const fleet = new RolloutFleet(threeRegions);
    const bake = { minMs: 1_000, maxMs: 10_000, minRequests: 50, onTooLittleData };
    fleet.manifest = { ...script, rollout: { ...script.rollout, bake } };
    const decision = run(fleet, revision("a"), 60);
    expect(phaseOf(decision)).toBe(expected);
    if (expected === "completed") expect(decision).toMatchObject({ phase: { unproven: true } });
  });

  it("waits for the region's window and says when it opens", () => {
    const windows = [{ days: [1, 2, 3, 4], startMinute: 9 * 60, endMinute: 16 * 60 }];
    const fleet = new RolloutFleet(threeRegions, { windows });
    fleet.nowMs = Date.parse("2026-11-06T12:00:00Z");
    const decision = fleet.decide(revision("a"));
    expect(decision).toMatchObject({
      writes: [],
      phase: { kind: "waitingForWindow", wave: 1, opensAtMs: Date.parse("2026-11-09T09:00:00Z") },
    });
  });

  it("refuses to begin what cannot keep its promise", () => {
    const fleet = new RolloutFleet(threeRegions);
    fleet.manifest = { ...script, rollout: { ...script.rollout, completeWithinMs: 15_000 } };
    expect(fleet.decide(revision("a"))).toMatchObject({ writes: [], phase: { kind: "refused" } });
  });

  it("goes on refusing it at the next look, and promises anew once it can", () => {
    const fleet = new RolloutFleet(threeRegions);
    fleet.manifest = { ...script, rollout: { ...script.rollout, completeWithinMs: 15_000 } };
    fleet.decide(revision("a"));
    fleet.nowMs += 60_000;
    expect(fleet.decide(revision("a"))).toMatchObject({ writes: [], phase: { kind: "refused" } });
    fleet.manifest = script;
    const decision = fleet.decide(revision("a"));
    expect(phaseOf(decision)).toBe("provisioning");
    const { memory } = decision.kind === "active" ? decision : { memory: null };
    expect(memory?.startedAtMs).toBe(fleet.nowMs);
    expect(memory?.promisedByMs).toBeGreaterThan(fleet.nowMs);
  });

  it("says the same again for the same input", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, revision("a"));
    fleet.decide(revision("b"));
    fleet.nodesReport();
    const first = fleet.decide(revision("b"));
    const releases = structuredClone([...fleet.releases]);
    fleet.memory = first.kind === "active" ? first.memory : null;
    fleet.releases = new Map(releases);
    expect(fleet.decide(revision("b"))).toMatchObject({ kind: "active", writes: [] });
  });

  it("keeps its laws for any fleet: waves in order, at most a third of a region at a time, and it ends", () => {
    const counts = fc.record({
      "eu-west-1": fc.integer({ min: 1, max: 12 }),
      "us-east-1": fc.integer({ min: 1, max: 12 }),
      "us-west-2": fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(counts, fc.integer({ min: 500, max: 7_000 }), (nodes, stepMs) => {
        const fleet = new RolloutFleet(nodes);
        run(fleet, revision("a"), 400, stepMs);
        fleet.decide(revision("b"));
        for (let step = 0; step < 400; step += 1) {
          const before = new Map(fleet.nodes.map((node) => [node.id, node.serving]));
          fleet.nowMs += stepMs;
          fleet.nodesReport();
          for (const [region, count] of Object.entries(nodes)) {
            const changed = fleet.nodes.filter(
              (node) => node.region === region && before.get(node.id) !== node.serving,
            );
            expect(changed.length).toBeLessThanOrEqual(Math.max(1, Math.floor(count / 3)));
          }
          const laterTouched = ["us-east-1", "us-west-2"].some(
            (region) => fleet.releases.get(region)?.next !== undefined,
          );
          if (laterTouched) expect(fleet.releases.get("eu-west-1")?.stable).toEqual(revision("b"));
          const decision = fleet.decide(revision("b"));
          if (phaseOf(decision) === "completed" && decision.writes.length === 0) return;
        }
        throw new Error("the rollout did not end");
      }),
      { numRuns: 60 },
    );
  });
});
