import { describe, expect, it } from "@jest/globals";
import { admitUnits, type QueuedUnit } from "#domain/campaign/admit-units.ts";
import { campaignPolicy } from "#domain/campaign/campaign-policy.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";
import type { Campaign } from "#schemas/types.ts";

const nowMs = Date.parse("2026-05-04T09:00:00Z");
const waiting: UnitStanding = { kind: "waiting" };
const trying: UnitStanding = { kind: "trying" };
const passed: UnitStanding = {
  kind: "judged",
  judged: {
    verdict: "pass",
    score: 100,
    reason: "",
    failing: null,
    isUnchanged: false,
    headSha: "",
    atMs: 0,
  },
};

function unit(key: string, change: Partial<QueuedUnit> = {}): QueuedUnit {
  return { key, owner: "art", standing: waiting, depth: 0, perMinute: 10, openedAtMs: null, ...change };
}

function opened(key: string, standing: UnitStanding, change: Partial<QueuedUnit> = {}): QueuedUnit {
  return unit(key, { standing, openedAtMs: nowMs - 60_000, ...change });
}

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => unit(`w${String(at).padStart(3, "0")}`));

function admitted(units: readonly QueuedUnit[], change: Partial<Campaign> = {}): string[] {
  const campaign = { kind: "Campaign" as const, name: "c", owner: "o", library: "l", to: "1.0.0", ...change };
  return admitUnits(units, campaignPolicy(campaign), nowMs);
}

describe("whose turn it is in a campaign", () => {
  it("begins with what others depend on, and then with little traffic", () => {
    const units = [
      unit("deep", { depth: 1, perMinute: 1 }),
      unit("busy", { perMinute: 900 }),
      unit("quiet", { perMinute: 2 }),
      unit("unserved", { perMinute: null }),
    ];
    expect(admitted(units)).toEqual(["unserved", "quiet", "busy", "deep"]);
  });

  it("opens no second wave before the first was judged", () => {
    const first = Array.from({ length: 5 }, (_, at) => opened(`o${at}`, at < 3 ? passed : trying));
    expect(admitted([...first, ...many(30)])).toEqual([]);
  });

  it("makes each wave twice as large, and lets a straggler be", () => {
    const first = Array.from({ length: 5 }, (_, at) => opened(`o${at}`, at < 4 ? passed : trying));
    expect(admitted([...first, ...many(60)])).toHaveLength(10);
    const second = Array.from({ length: 15 }, (_, at) => opened(`o${at}`, passed));
    expect(admitted([...second, ...many(60)])).toHaveLength(20);
  });

  it.each([
    ["at once", { openMax: 3, firstWave: 100 }, 3],
    ["an hour", { openPerHourMax: 4, firstWave: 100 }, 4],
    ["an owner", { openMaxPerOwner: 2, firstWave: 100 }, 2],
  ])("keeps to the limit %s", (_name, limits, count) => {
    expect(admitted(many(30), limits)).toHaveLength(count);
  });

  it("lets another owner go ahead of one that is at its limit", () => {
    const units = [opened("o", trying), unit("same"), unit("other", { owner: "web" })];
    expect(admitted(units, { openMaxPerOwner: 1 })).toEqual(["other"]);
  });

  it("opens nothing in quiet hours", () => {
    expect(admitted(many(3), { quiet: ["Mon 08:00-10:00"] })).toEqual([]);
    expect(admitted(many(3), { quiet: ["Tue 08:00-10:00"] })).toHaveLength(3);
  });

  it("lets security past all limits", () => {
    const limits = { advisory: "GHSA-1", openMax: 1, openPerHourMax: 1, quiet: ["Mon 08:00-10:00"] };
    expect(admitted(many(30), limits)).toHaveLength(30);
  });
});
