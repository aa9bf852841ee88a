import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Hold } from "#schemas/types.ts";
import { RolloutFleet, phaseOf, revision, run, script } from "./rollout-fleet.ts";

const threeRegions = { "eu-west-1": 2, "us-east-1": 2, "us-west-2": 2 };
const [a, b, c] = [revision("a"), revision("b"), revision("c")];

function holdOf(fleet: RolloutFleet, mode: Hold["mode"], rest: Partial<Hold> = {}): Hold {
  const at = new Date(fleet.nowMs).toISOString();
  return { kind: "Hold", script: "artwork", version: "4", mode, reason: "smoke", by: "@maya", at, ...rest };
}

/** A fleet on `a` that has begun to roll out `b` in its first region. */
function begun(nodes: Readonly<Record<string, number>> = threeRegions): RolloutFleet {
  const fleet = new RolloutFleet(nodes);
  run(fleet, a);
  fleet.traffic(a.digest, 500, 0, 20);
  run(fleet, b, 2);
  return fleet;
}

describe("a revision that fails", () => {
  it.each([
    ["answers a third of its requests with errors", { errorShare: 0.34 }],
    ["answers twenty times as slowly", { latencyP95Ms: 400 }],
  ])(
    "is taken back in the first wave when it %s",
    (_, { errorShare, latencyP95Ms }: { errorShare?: number; latencyP95Ms?: number }) => {
      const fleet = begun();
      fleet.traffic(a.digest, 500, 0, 20);
      fleet.decide(b);
      fleet.traffic(b.digest, 100, errorShare ?? 0, latencyP95Ms ?? 20);
      const decision = fleet.decide(b);
      expect(decision).toMatchObject({ phase: { kind: "rollingBack", regions: ["eu-west-1"] } });
      expect(fleet.hold).toMatchObject({ mode: "rollback", by: "showrunner", revision: b, to: a });
      expect(phaseOf(run(fleet, b))).toBe("rolledBack");
      expect(fleet.serving("eu-west-1")).toEqual([a.digest, a.digest]);
      expect(
        fleet.written.some(
          ({ region, release }) => region !== "eu-west-1" && release.next?.digest === b.digest,
        ),
      ).toBe(false);
    },
  );

  it("is only held while the whole region answers more slowly than before", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    fleet.othersMs = 30;
    fleet.traffic(a.digest, 500, 0, 20);
    run(fleet, b, 2);
    fleet.traffic(b.digest, 100, 0, 400);
    fleet.othersMs = 600;
    const held = run(fleet, b, 20);
    expect(held.kind === "active" && held.phase).toMatchObject({
      kind: "held",
      reason: expect.stringContaining("meanwhile other scripts take 20.0 times as long"),
    });
    fleet.othersMs = 30;
    expect(phaseOf(run(fleet, b))).toBe("rolledBack");
  });

  it("is given a minute where its warm-up only takes too long", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    fleet.isLate = true;
    for (const node of fleet.nodes) node.failsOn = b.digest;
    expect(phaseOf(run(fleet, b, 25))).toBe("provisioning");
    expect(phaseOf(run(fleet, b, 10))).toBe("rolledBack");
  });

  it("is not tried again, however often it is asked", () => {
    const fleet = begun();
    fleet.traffic(b.digest, 100, 1);
    run(fleet, b);
    fleet.written.length = 0;
    for (let step = 0; step < 50; step += 1) {
      fleet.nowMs += 60_000;
      fleet.nodesReport();
      expect(fleet.decide(b)).toMatchObject({ phase: { kind: "rolledBack" }, writes: [] });
    }
    expect(fleet.written).toEqual([]);
  });

  it("sends no region to a revision that it never had, when the one before had not got there", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    for (let step = 0; fleet.releases.get("eu-west-1")?.stable?.digest !== b.digest; step += 1) {
      expect(step).toBeLessThan(100);
      fleet.traffic(a.digest, 200);
      run(fleet, b, 1);
    }
    for (let step = 0; !fleet.serving("eu-west-1").includes(c.digest); step += 1) {
      expect(step).toBeLessThan(100);
      fleet.traffic(b.digest, 200);
      run(fleet, c, 1);
    }
    fleet.written.length = 0;
    fleet.traffic(c.digest, 100, 1);
    expect(phaseOf(run(fleet, c))).toBe("rolledBack");
    expect(fleet.hold).toMatchObject({ by: "showrunner", to: b });
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(b);
    for (const region of ["us-east-1", "us-west-2"]) expect(fleet.releases.get(region)?.stable).toEqual(a);
    expect(fleet.written.some(({ release }) => release.next?.digest === b.digest)).toBe(false);
  });

  it("goes back in regions that had it already, the worst first", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    for (let step = 0; fleet.releases.get("us-east-1")?.next === undefined; step += 1) {
      expect(step).toBeLessThan(100);
      fleet.traffic(a.digest, 200);
      run(fleet, b, 1);
    }
    fleet.nodesReport();
    for (const node of fleet.nodes.filter(
      ({ region, serving }) => region === "us-east-1" && serving === b.digest,
    )) {
      node.requests = 200;
      node.errors = 150;
    }
    const decision = fleet.decide(b);
    expect(decision).toMatchObject({ phase: { kind: "rollingBack" } });
    expect(decision.writes.map(({ region }) => region)).toEqual(["us-east-1"]);
    expect(phaseOf(run(fleet, b))).toBe("rolledBack");
    for (const region of Object.keys(threeRegions)) {
      expect(fleet.serving(region)).toEqual([a.digest, a.digest]);
      expect(fleet.releases.get(region)?.stable).toEqual(a);
    }
  });

  it("is withdrawn when it is a first release, and nothing is served instead", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a, 1);
    fleet.nodesReport();
    fleet.traffic(a.digest, 50, 1);
    expect(phaseOf(run(fleet, a))).toBe("rolledBack");
    expect(fleet.releases.size).toBe(0);
    expect(fleet.hold?.to).toBeUndefined();
  });

  it("makes way for a newer merge, and its hold ends by itself", () => {
    const fleet = begun();
    fleet.traffic(b.digest, 100, 1);
    run(fleet, b);
    fleet.decide(c);
    expect(fleet.hold).toBeNull();
    expect(phaseOf(run(fleet, c))).toBe("completed");
  });

  it("is never given to more nodes once it fails, whatever the region's size and whoever is silent", () => {
    const sizes = fc.record({
      "eu-west-1": fc.integer({ min: 1, max: 9 }),
      "us-east-1": fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 40 }), fc.nat(17), (nodes, failAt, silent) => {
        const fleet = new RolloutFleet(nodes);
        run(fleet, a);
        fleet.traffic(a.digest, 500);
        let worst = 0;
        for (let step = 0; step < 120; step += 1) {
          fleet.nowMs += 2_000;
          if (step === failAt)
            for (const node of fleet.nodes.slice(silent, silent + 1)) node.isReachable = false;
          fleet.nodesReport();
          if (step >= failAt) fleet.traffic(b.digest, 100, 1);
          const exposed = fleet.nodes.filter(({ serving }) => serving === b.digest).length;
          const wasHeld = fleet.hold !== null;
          const decision = fleet.decide(b);
          if (phaseOf(decision) === "completed" || phaseOf(decision) === "idle") return;
          if (wasHeld) expect(exposed).toBeLessThanOrEqual(worst);
          worst = exposed;
        }
        const exposed = fleet.nodes.filter(({ serving, isReachable }) => isReachable && serving === b.digest);
        expect(exposed).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a hold", () => {
  it("that pauses lets nothing new happen, outlives a newer merge, and still lets a failing revision go back", () => {
    const fleet = begun();
    fleet.hold = holdOf(fleet, "pause");
    fleet.written.length = 0;
    for (const target of [b, c]) {
      expect(phaseOf(run(fleet, target, 40))).toBe("paused");
      expect(fleet.written).toEqual([]);
    }
    fleet.traffic(b.digest, 200, 1);
    expect(phaseOf(run(fleet, b))).toBe("rolledBack");
    fleet.hold = null;
  });

  it("that is taken away lets the rollout go on where it was", () => {
    const fleet = begun();
    fleet.hold = holdOf(fleet, "pause");
    run(fleet, b, 10);
    fleet.hold = null;
    expect(phaseOf(run(fleet, b))).toBe("completed");
  });

  it("that aborts withdraws what is not stable and keeps what is", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    for (let step = 0; fleet.releases.get("us-east-1")?.next === undefined; step += 1) {
      expect(step).toBeLessThan(100);
      run(fleet, b, 1);
    }
    fleet.hold = holdOf(fleet, "abort", { revision: b });
    expect(phaseOf(run(fleet, b))).toBe("aborted");
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(b);
    expect(fleet.releases.get("us-east-1")).toMatchObject({ stable: a });
    expect(fleet.releases.get("us-east-1")?.next).toBeUndefined();
  });

  it("that rolls back after the end takes every region to the revision it names", () => {
    const fleet = new RolloutFleet({ "eu-west-1": 6, "us-east-1": 3 });
    run(fleet, a);
    run(fleet, b);
    fleet.hold = holdOf(fleet, "rollback", { revision: b, to: a });
    for (let step = 0; step < 40; step += 1) {
      const before = new Map(fleet.nodes.map((node) => [node.id, node.serving]));
      fleet.nowMs += 2_000;
      fleet.nodesReport();
      const changed = fleet.nodes.filter(
        ({ id, region, serving }) => region === "eu-west-1" && before.get(id) !== serving,
      );
      expect(changed.length).toBeLessThanOrEqual(2);
      fleet.decide(b);
    }
    expect(new Set(fleet.nodes.map((node) => node.serving))).toEqual(new Set([a.digest]));
    expect(fleet.decide(b)).toMatchObject({ phase: { kind: "rolledBack", by: "@maya" }, writes: [] });
  });

  it("that names an even earlier revision takes every region further back", () => {
    const fleet = new RolloutFleet(threeRegions);
    for (const each of [a, b, c]) run(fleet, each);
    fleet.hold = holdOf(fleet, "rollback", { revision: c, to: b });
    expect(phaseOf(run(fleet, c))).toBe("rolledBack");
    fleet.hold = holdOf(fleet, "rollback", { revision: c, to: a });
    expect(phaseOf(run(fleet, c))).toBe("rolledBack");
    for (const region of Object.keys(threeRegions)) {
      expect(fleet.releases.get(region)?.stable).toEqual(a);
      expect(fleet.serving(region)).toEqual([a.digest, a.digest]);
    }
    expect(fleet.hold).toMatchObject({ mode: "rollback", revision: c, to: a });
  });

  it("ends when the branch goes back", () => {
    const fleet = begun();
    fleet.traffic(b.digest, 100, 1);
    run(fleet, b);
    expect(fleet.decide(a)).toMatchObject({ kind: "idle", holdChange: { kind: "delete" } });
  });
});

describe("a freeze", () => {
  const stop = { freeze: "fleet", reason: "launch", by: "@maya", untilMs: null, region: null };

  it("keeps a wave from moving until it ends, and names itself", () => {
    const fleet = begun();
    fleet.stops = [stop];
    fleet.written.length = 0;
    expect(run(fleet, b, 40)).toMatchObject({ phase: { kind: "frozen", freeze: "fleet", reason: "launch" } });
    expect(fleet.written).toEqual([]);
    fleet.stops = [];
    expect(phaseOf(run(fleet, b))).toBe("completed");
  });

  it("of a region lets the regions before it go on", () => {
    const fleet = begun();
    fleet.stops = [{ ...stop, freeze: "region:us-west-2", region: "us-west-2" }];
    expect(run(fleet, b)).toMatchObject({ phase: { kind: "frozen", wave: 2 } });
    expect(fleet.releases.get("eu-west-1")?.stable).toEqual(b);
    expect(fleet.releases.get("us-east-1")?.next).toBeUndefined();
  });

  it("does not keep a failing revision in service", () => {
    const fleet = begun();
    fleet.stops = [stop];
    fleet.traffic(b.digest, 100, 1);
    expect(phaseOf(run(fleet, b))).toBe("rolledBack");
  });
});

describe("an alarm", () => {
  it("in a region keeps its errors from being blamed on the revision", () => {
    const fleet = begun();
    fleet.alarms = [{ region: "eu-west-1", reason: "4 of 5 other scripts fail in eu-west-1" }];
    fleet.traffic(b.digest, 100, 1);
    expect(run(fleet, b)).toMatchObject({
      phase: { kind: "held", reason: "4 of 5 other scripts fail in eu-west-1" },
    });
    fleet.alarms = [];
    expect(phaseOf(run(fleet, b))).toBe("rolledBack");
  });

  it("in a region keeps a wave from starting there", () => {
    const fleet = new RolloutFleet(threeRegions);
    run(fleet, a);
    fleet.alarms = [{ region: "eu-west-1", reason: "4 of 5 other scripts fail in eu-west-1" }];
    expect(fleet.decide(b)).toMatchObject({ writes: [], phase: { kind: "waitingForAlarm", wave: 1 } });
    fleet.alarms = [];
    expect(phaseOf(run(fleet, b))).toBe("completed");
  });
});

describe("a bake", () => {
  it("that ends with a health nobody can be sure of waits for a person", () => {
    const fleet = new RolloutFleet(threeRegions);
    const bake = { minMs: 1_000, maxMs: 10_000, minRequests: 50, onTooLittleData: "proceed" as const };
    fleet.manifest = { ...script, rollout: { ...script.rollout, bake } };
    run(fleet, a);
    fleet.traffic(a.digest, 1000, 0.001);
    run(fleet, b, 2);
    fleet.traffic(b.digest, 50, 0.04);
    expect(run(fleet, b, 30)).toMatchObject({ phase: { kind: "held" } });
  });
});
