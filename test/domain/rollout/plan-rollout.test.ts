import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "#domain/manifest/script-manifest.ts";
import { planRollout, rolloutWaves } from "#domain/rollout/plan-rollout.ts";
import { shortestRollout } from "#domain/rollout/shortest-rollout.ts";
import { parseWindow, windowOpen } from "#domain/rollout/windows.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function region(name: string, timezone: string, ...windows: string[]): RegionManifest {
  const parsed = windows.map(parseWindow).filter((window) => window !== null);
  return { name, timezone, windows: parsed, quorumPct: 90, unreachable: "wait" };
}

function policy(change: Partial<RolloutPolicy> = {}): RolloutPolicy {
  const bake = {
    minMs: 10 * MINUTE_MS,
    maxMs: 20 * MINUTE_MS,
    minRequests: 0,
    onTooLittleData: "hold",
  } as const;
  return { strategy: "staged", waves: null, bake, completeWithinMs: null, ...change };
}

const open = { regions: [region("a", "UTC"), region("b", "UTC"), region("c", "UTC")] };
const office = {
  regions: [
    region("eu", "Europe/Dublin", "Mon-Thu 09:00-16:00"),
    region("east", "America/New_York", "Mon-Thu 09:00-16:00"),
    region("west", "America/Los_Angeles", "Mon-Thu 09:00-16:00"),
  ],
};

function plan(
  rollout: RolloutPolicy,
  fleet: typeof open,
  start: string,
  nodesPerRegion?: Record<string, number>,
) {
  const startMs = Date.parse(start);
  const planned = planRollout({
    manifest: { rollout },
    fleet,
    startMs,
    ...(nodesPerRegion && { nodesPerRegion }),
  });
  if (!planned.ok) return planned;
  return planned.plan.waves.map(
    (wave) => `${wave.regions.join("+")} ${iso(wave.startsAtMs)} ${iso(wave.endsAtMs)}`,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

describe("the waves of a rollout", () => {
  it.each<[string, Partial<RolloutPolicy>, string[][]]>([
    ["one region each, in the fleet's order, when none are named", {}, [["a"], ["b"], ["c"]]],
    ["all regions at once when global", { strategy: "global" }, [["a", "b", "c"]]],
    ["as named", { waves: [["c"], ["a", "b"]] }, [["c"], ["a", "b"]]],
    ["without regions that the fleet lacks", { waves: [["x"], ["a", "y"]] }, [["a"]]],
  ])("are %s", (_, change, waves) => {
    expect(rolloutWaves(policy(change), open)).toEqual(waves);
  });
});

describe("the timetable of a rollout", () => {
  it("gives each wave its batches and its longest bake, one after the other", () => {
    expect(plan(policy(), open, "2026-05-04T10:00:00Z")).toEqual([
      "a 2026-05-04T10:00:00 2026-05-04T10:20:20",
      "b 2026-05-04T10:20:20 2026-05-04T10:40:40",
      "c 2026-05-04T10:40:40 2026-05-04T11:01:00",
    ]);
  });

  it("takes the batches of the region with the most of them, a third of its nodes at a time", () => {
    // 8 nodes go one first, then 2 at a time: 5 batches of 10 s.
    expect(plan(policy({ strategy: "global" }), open, "2026-05-04T10:00:00Z", { a: 8, b: 1 })).toEqual([
      "a+b+c 2026-05-04T10:00:00 2026-05-04T10:20:50",
    ]);
  });

  it("waits for the windows of each wave", () => {
    expect(plan(policy(), office, "2026-05-07T14:00:00Z")).toEqual([
      "eu 2026-05-07T14:00:00 2026-05-07T14:20:20",
      "east 2026-05-07T14:20:20 2026-05-07T14:40:40",
      "west 2026-05-07T16:00:00 2026-05-07T16:20:20",
    ]);
  });

  it("waits until all regions of a wave are open at once", () => {
    expect(plan(policy({ waves: [["eu"], ["east", "west"]] }), office, "2026-05-08T12:00:00Z")).toEqual([
      "eu 2026-05-11T08:00:00 2026-05-11T08:20:20",
      "east+west 2026-05-11T16:00:00 2026-05-11T16:20:20",
    ]);
  });

  it("waits for a region's blackout, however long after the other waves it ends", () => {
    const closed = { firstDay: "2026-06-02", lastDay: "2026-06-30" };
    const fleet = {
      regions: [region("a", "UTC"), region("b", "UTC"), { ...region("c", "UTC"), blackouts: [closed] }],
    };
    expect(plan(policy(), fleet, "2026-06-01T23:30:00Z")).toEqual([
      "a 2026-06-01T23:30:00 2026-06-01T23:50:20",
      "b 2026-06-01T23:50:20 2026-06-02T00:10:40",
      "c 2026-07-01T00:00:00 2026-07-01T00:20:20",
    ]);
  });

  it("refuses regions that are never open together", () => {
    const fleet = { regions: [region("a", "UTC", "Mon 09:00-10:00"), region("b", "UTC", "Mon 10:00-11:00")] };
    const planned = planRollout({ manifest: { rollout: policy({ strategy: "global" }) }, fleet, startMs: 0 });
    expect(planned).toEqual({
      ok: false,
      reason: "Wave 1 can never start: a and b are never open at the same time.",
    });
  });

  it("refuses a start from which the promise cannot be kept, and names the first from which it can", () => {
    // Thursday 15:50 in Dublin: the second wave would have to wait for Monday.
    const fleet = {
      regions: office.regions.slice(0, 1).concat(region("eu2", "Europe/Dublin", "Mon-Thu 09:00-16:00")),
    };
    const rollout = policy({ completeWithinMs: HOUR_MS });
    const startMs = Date.parse("2026-05-07T14:50:00Z");
    const planned = planRollout({ manifest: { rollout }, fleet, startMs });
    if (planned.ok) throw new Error("planned");
    expect(planned.reason).toContain("longer than its completeWithin of 1h");
    expect(new Date(planned.earliestMs ?? 0).toISOString()).toBe("2026-05-11T08:00:00.000Z");
    expect(planRollout({ manifest: { rollout }, fleet, startMs: planned.earliestMs ?? 0 }).ok).toBe(true);
  });

  it("counts the promise from the first wave, not from the wait before it", () => {
    const rollout = policy({ completeWithinMs: HOUR_MS, waves: [["eu"]] });
    expect(
      planRollout({ manifest: { rollout }, fleet: office, startMs: Date.parse("2026-05-08T00:00Z") }).ok,
    ).toBe(true);
  });
});

const anyWindow = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    startMinute: fc.integer({ min: 0, max: 1439 }),
    length: fc.integer({ min: 30, max: 1440 }),
  })
  .map(({ days, startMinute, length }) => ({ days, startMinute, endMinute: startMinute + length }));
const anyRegion = fc.record({
  timezone: fc.constantFrom("UTC", "Europe/Dublin", "America/New_York", "Asia/Kathmandu"),
  windows: fc.array(anyWindow, { maxLength: 3 }),
});
const anyFleet = fc.array(anyRegion, { minLength: 1, maxLength: 4 }).map((regions) => ({
  regions: regions.map((hours, index) => ({
    ...hours,
    name: `r${index}`,
    quorumPct: 90,
    unreachable: "wait" as const,
  })),
}));
const anyPolicy = fc
  .record({ bakeMinutes: fc.integer({ min: 0, max: 600 }), isGlobal: fc.boolean() })
  .map(({ bakeMinutes, isGlobal }) => {
    const bake = {
      minMs: 0,
      maxMs: bakeMinutes * MINUTE_MS,
      minRequests: 0,
      onTooLittleData: "hold",
    } as const;
    return policy({ strategy: isGlobal ? "global" : "staged", bake });
  });
const anyMoment = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) });

describe("the laws of timetables", () => {
  it("waves never overlap, start only in windows, and end at the promise", () => {
    fc.assert(
      fc.property(anyFleet, anyPolicy, anyMoment, (fleet, rollout, startMs) => {
        const planned = planRollout({ manifest: { rollout }, fleet, startMs });
        if (!planned.ok) return;
        let atMs = startMs;
        for (const wave of planned.plan.waves) {
          expect(wave.startsAtMs).toBeGreaterThanOrEqual(atMs);
          expect(wave.endsAtMs).toBeGreaterThan(wave.startsAtMs);
          for (const hours of fleet.regions.filter(({ name }) => wave.regions.includes(name))) {
            expect(windowOpen(hours, wave.startsAtMs)).toBe(true);
          }
          atMs = wave.endsAtMs;
        }
        expect(planned.plan.completesByMs).toBe(atMs);
        expect(planned.plan.waves.flatMap((wave) => wave.regions)).toEqual(
          fleet.regions.map(({ name }) => name),
        );
      }),
    );
  });

  it("starting later never ends earlier", () => {
    fc.assert(
      fc.property(
        anyFleet,
        anyPolicy,
        anyMoment,
        fc.integer({ min: 0, max: 9 * DAY_MS }),
        (fleet, rollout, startMs, laterMs) => {
          const first = planRollout({ manifest: { rollout }, fleet, startMs });
          const second = planRollout({ manifest: { rollout }, fleet, startMs: startMs + laterMs });
          if (!first.ok || !second.ok) return;
          expect(second.plan.completesByMs).toBeGreaterThanOrEqual(first.plan.completesByMs);
        },
      ),
    );
  });

  it("no start in 14 days beats the shortest rollout", () => {
    fc.assert(
      fc.property(
        anyFleet,
        anyPolicy,
        anyMoment,
        fc.integer({ min: 0, max: 14 * DAY_MS }),
        (fleet, rollout, fromMs, laterMs) => {
          const best = shortestRollout(rollout, fleet, fromMs);
          const other = planRollout({ manifest: { rollout }, fleet, startMs: fromMs + laterMs });
          if (!other.ok || best.kind === "neverOpen") return;
          const startsMs = other.plan.waves[0]?.startsAtMs ?? 0;
          if (startsMs > fromMs + 14 * DAY_MS) return;
          expect(best.lengthMs).toBeLessThanOrEqual(other.plan.completesByMs - startsMs);
        },
      ),
    );
  });

  it("the earliest start named for a promise keeps it, and no earlier one does", () => {
    fc.assert(
      fc.property(
        anyFleet,
        anyPolicy,
        anyMoment,
        fc.integer({ min: 0, max: 1000 }),
        (fleet, rollout, startMs, slackMinutes) => {
          const best = shortestRollout(rollout, fleet, startMs);
          if (best.kind === "neverOpen") return;
          const promised = { ...rollout, completeWithinMs: best.lengthMs + slackMinutes * MINUTE_MS };
          const planned = planRollout({ manifest: { rollout: promised }, fleet, startMs });
          if (planned.ok) return;
          const earliestMs = planned.earliestMs ?? 0;
          expect(planRollout({ manifest: { rollout: promised }, fleet, startMs: earliestMs }).ok).toBe(true);
          for (const share of [0.2, 0.5, 0.9, 0.999]) {
            const before = startMs + Math.floor((earliestMs - startMs) * share);
            const earlier = planRollout({ manifest: { rollout: promised }, fleet, startMs: before });
            if (earlier.ok) expect(earlier.plan.waves[0]?.startsAtMs).toBe(earliestMs);
          }
        },
      ),
    );
  });
});
