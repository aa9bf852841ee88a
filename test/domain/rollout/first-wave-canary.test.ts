import { describe, expect, it } from "@jest/globals";
import type { Run, RunCourse, RunEnd } from "#domain/canary/run.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import { parseWindow } from "#domain/rollout/windows.ts";
import type { RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import { canaryMsMax } from "#domain/rollout/canary-time.ts";
import type { Hold } from "#schemas/types.ts";
import { passed, policy, runOf } from "../canary/canary-fleet.ts";
import { RolloutFleet, phaseOf, revision, run, script } from "./rollout-fleet.ts";

const [a, b] = [revision("a"), revision("b")];
const nodes = { "eu-west-1": 2, "us-east-1": 2, "us-west-2": 2 };
const canaryPolicy = { ...policy, maxDurationMs: 60_000 };
const missing = { requestsHave: 3, requestsNeeded: 100, aboutMs: null };
const score = { score: 40, metrics: [] };
const failed: RunVerdict = { phase: "decided", verdict: "fail", reason: "errors: 9% of requests.", ...score };
const marginal: RunVerdict = { phase: "decided", verdict: "marginal", reason: "cold starts.", ...score };
const inconclusive: RunVerdict = {
  phase: "decided",
  verdict: "inconclusive",
  reason: "3 of 100 requests on a side.",
  missing,
  ...score,
};

type Change = Partial<typeof canaryPolicy>;

/** Every region serves a, and b was merged; the manifest wants canaries. */
function merged(change: Change = {}, onTooLittleData: "hold" | "extend" | "proceed" = "hold"): RolloutFleet {
  const fleet = new RolloutFleet(nodes);
  run(fleet, a);
  fleet.written.length = 0;
  fleet.manifest = {
    ...script,
    canary: { ...canaryPolicy, ...change },
    rollout: { ...script.rollout, bake: { ...script.rollout.bake, onTooLittleData } },
  };
  return fleet;
}

/** One look, after which the run that is wanted is on record as the controller puts it there. */
function look(fleet: RolloutFleet, afterMs = 2_000): RolloutDecision {
  fleet.nowMs += afterMs;
  fleet.nodesReport();
  const decision = fleet.decide(b);
  const wanted = wantedBy(decision);
  if (wanted && !fleet.canaryRuns.some(({ id }) => id === wanted.id)) fleet.canaryRuns.unshift(wanted);
  return decision;
}

function wantedBy(decision: RolloutDecision): Run | null {
  return decision.kind === "active" ? decision.canary : null;
}

function courseFrom({ nowMs }: RolloutFleet, baseline: Revision): RunCourse {
  const times = { windowMs: 2_000, startedAtMs: nowMs, expiresAtMs: nowMs + 60_000 };
  return { baseline, regions: ["eu-west-1"], sharePct: 5, ...times };
}

function endOf(fleet: RolloutFleet, end: RunEnd, verdict: RunVerdict | null, baseline = a): void {
  const course = courseFrom(fleet, baseline);
  const phase = { kind: "ended", end, endedAtMs: fleet.nowMs, course, serving: null, verdict } as const;
  fleet.canaryRuns = fleet.canaryRuns.map((one) => (one.phase.kind === "ended" ? one : { ...one, phase }));
}

/** What waits gets its turn. */
function begin(fleet: RolloutFleet): void {
  fleet.canaryRuns = fleet.canaryRuns.map((one) => ({
    ...one,
    phase: { kind: "starting", course: courseFrom(fleet, a) },
  }));
}

const judged = { kind: "judged" } as const;

/** Merged, and the first canary ended like that. */
function triedOnce(
  end: RunEnd,
  verdict: RunVerdict | null,
  ...how: Parameters<typeof merged>
): { fleet: RolloutFleet; decision: RolloutDecision } {
  const fleet = merged(...how);
  look(fleet);
  endOf(fleet, end, verdict);
  return { fleet, decision: look(fleet) };
}

describe("a rollout whose manifest wants canaries", () => {
  it("has the first wave wait for one in its regions, and touches nothing meanwhile", () => {
    const fleet = merged();
    const decision = look(fleet);
    expect(decision).toMatchObject({
      phase: { kind: "canarying", wave: 1, regions: ["eu-west-1"], untilMs: null },
      canary: {
        cause: "rollout",
        pull: null,
        candidate: b,
        policy: { regions: ["eu-west-1"] },
        phase: { kind: "queued" },
      },
    });
    const again = look(fleet);
    expect(wantedBy(again)?.id).toBe(wantedBy(decision)?.id);
    expect(fleet.written).toEqual([]);
    expect(fleet.canaryRuns).toHaveLength(1);
  });

  it("begins when it has passed, and completes proven", () => {
    const { fleet, decision } = triedOnce(judged, passed);
    expect(phaseOf(decision)).toBe("provisioning");
    expect(fleet.written.map(({ region }) => region)).toEqual(["eu-west-1"]);
    expect(run(fleet, b)).toMatchObject({ phase: { kind: "completed", unproven: false } });
  });

  it("is taken back when it has failed, with the evidence, and no region is touched", () => {
    const { fleet, decision } = triedOnce(judged, failed);
    expect(decision).toMatchObject({
      phase: { kind: "rollingBack", to: a.commit },
      holdChange: { kind: "put", hold: { mode: "rollback", revision: b, to: a } },
    });
    expect(fleet.hold?.reason).toContain("Its canary failed. errors: 9%");
    expect(fleet.hold?.evidence).toContain("40/100");
    expect(phaseOf(look(fleet))).toBe("rolledBack");
    expect(fleet.written).toEqual([]);
  });

  it("is tried anew when a person lets what failed try again", () => {
    const { fleet } = triedOnce(judged, failed);
    look(fleet);
    fleet.hold = null;
    const decision = look(fleet);
    expect(phaseOf(decision)).toBe("canarying");
    expect(fleet.canaryRuns).toHaveLength(2);
  });

  it.each([
    [
      "without a verdict, where the manifest says hold",
      judged,
      inconclusive,
      "hold" as const,
      /no verdict: 3 of/,
    ],
    ["without a measurement", judged, null, "hold" as const, /Nothing was measured/],
    ["marginal, whatever the manifest says", judged, marginal, "proceed" as const, /marginal, 40\/100/],
    ["stopped by a person", { kind: "stopped", by: "@maya" } as const, null, "proceed" as const, /@maya/],
    ["taken out of git", { kind: "removed" } as const, null, "proceed" as const, /taken out/],
  ])("is held for a person when it was %s", (_name, end, verdict, onTooLittleData, reason) => {
    const { fleet, decision } = triedOnce(end, verdict, {}, onTooLittleData);
    expect(decision).toMatchObject({ phase: { kind: "held", untriedIn: ["eu-west-1"] }, canary: null });
    expect(JSON.stringify(decision)).toMatch(reason);
    expect(fleet.written).toEqual([]);
  });

  it("goes on as unproven without a verdict, where the manifest says proceed", () => {
    const { fleet, decision } = triedOnce(judged, inconclusive, {}, "proceed");
    expect(phaseOf(decision)).toBe("provisioning");
    expect(run(fleet, b)).toMatchObject({ phase: { kind: "completed", unproven: true } });
  });

  it("gets one more canary without a verdict, where the manifest says extend", () => {
    const { fleet, decision } = triedOnce(judged, inconclusive, {}, "extend");
    expect(phaseOf(decision)).toBe("canarying");
    expect(fleet.canaryRuns).toHaveLength(2);
    endOf(fleet, judged, inconclusive);
    expect(phaseOf(look(fleet))).toBe("held");
  });

  it("asks for another when one was cut short, but not for ever", () => {
    const fleet = merged();
    for (let times = 0; times < 5; times += 1) {
      expect(phaseOf(look(fleet))).toBe("canarying");
      endOf(fleet, { kind: "superseded", by: "another stable revision in eu-west-1" }, null);
    }
    expect(look(fleet)).toMatchObject({ phase: { kind: "held" } });
  });

  it("goes without where nothing is stable that it could be compared with", () => {
    const fleet = new RolloutFleet(nodes);
    fleet.manifest = { ...script, canary: canaryPolicy };
    expect(phaseOf(look(fleet))).toBe("provisioning");
  });
});

describe("the same bytes, tried on their pull request", () => {
  function won(fleet: RolloutFleet, verdict: RunVerdict, baseline = a): RolloutDecision {
    fleet.canaryRuns = [runOf("pull", "b")];
    endOf(fleet, judged, verdict, baseline);
    return look(fleet);
  }

  it.each([
    ["are not tried again", merged(), passed, a, "provisioning"],
    [
      "are tried again where the manifest says always",
      merged({ atRollout: "always" }),
      passed,
      a,
      "canarying",
    ],
    ["are tried again when they passed against something else", merged(), passed, revision("c"), "canarying"],
    ["are tried again when they failed", merged(), failed, a, "canarying"],
    [
      "are not tried where the manifest says never",
      merged({ atRollout: "never" }),
      failed,
      a,
      "provisioning",
    ],
  ])("%s", (_name, fleet, verdict, baseline, phase) => {
    expect(phaseOf(won(fleet, verdict, baseline))).toBe(phase);
  });
});

describe("a canary under way", () => {
  const pause: Hold = {
    kind: "Hold",
    script: "artwork",
    version: "4",
    mode: "pause",
    reason: "a look",
    by: "@maya",
    at: "2026-11-02T10:00:00Z",
  };
  const freeze = { freeze: "fleet", reason: "launch", by: "@ops", untilMs: null, region: null };

  it.each([
    ["the rollout is paused", (fleet: RolloutFleet) => void (fleet.hold = pause), "paused"],
    ["it is frozen", (fleet: RolloutFleet) => void (fleet.stops = [freeze]), "frozen"],
    [
      "it is aborted",
      (fleet: RolloutFleet) => void (fleet.hold = { ...pause, mode: "abort", revision: b }),
      "aborted",
    ],
  ])("is not wanted any more when %s", (_name, stop, phase) => {
    const fleet = merged();
    expect(wantedBy(look(fleet))).not.toBeNull();
    stop(fleet);
    const decision = look(fleet);
    expect(phaseOf(decision)).toBe(phase);
    expect(wantedBy(decision)).toBeNull();
  });

  it("is not wanted any more when a newer merge comes, which gets its own", () => {
    const fleet = merged();
    look(fleet);
    const c = revision("c");
    const decision = fleet.decide(c);
    expect(wantedBy(decision)?.candidate).toEqual(c);
  });

  it("is not begun outside of the wave's windows, and not given up when they close", () => {
    const fleet = merged();
    const tuesday = parseWindow("Tue 00:00-10:00");
    if (tuesday === null) throw new Error("no window");
    const closed = { ...fleet.manifest, rollout: { ...fleet.manifest.rollout, windows: [tuesday] } };
    const open = fleet.manifest;
    fleet.manifest = closed;
    expect(look(fleet)).toMatchObject({ phase: { kind: "waitingForWindow" }, canary: null });
    fleet.manifest = open;
    look(fleet);
    fleet.manifest = closed;
    expect(look(fleet)).toMatchObject({ phase: { kind: "waitingForWindow" }, canary: null });
    begin(fleet);
    expect(look(fleet)).toMatchObject({ phase: { kind: "canarying" }, canary: { cause: "rollout" } });
  });

  it("is counted in the promise, and not once it is known to have passed", () => {
    const [untried, tried] = [merged(), merged()];
    tried.canaryRuns = [runOf("pull", "b")];
    endOf(tried, judged, passed);
    const [long, short] = [look(untried), look(tried)];
    if (long.kind !== "active" || short.kind !== "active") throw new Error("nothing moves");
    const promisedMs = (decision: typeof long) => decision.memory.promisedByMs - decision.memory.startedAtMs;
    expect(promisedMs(long) - promisedMs(short)).toBe(canaryMsMax(untried.manifest));
    expect(canaryMsMax(untried.manifest)).toBeGreaterThan(60_000);
    expect(long.expectedByMs).toBeGreaterThan(short.expectedByMs + 59_000);
    expect(long.expectedByMs).toBeLessThan(long.memory.promisedByMs);
  });
});
