import { describe, expect, it } from "@jest/globals";
import { stopIn, stopsFor } from "#domain/rollout/stops.ts";
import { regionAlarms } from "#domain/rollout/region-alarms.ts";
import type { Freeze, Group } from "#schemas/types.ts";

const nowMs = Date.parse("2026-11-02T10:00:00Z");
const common = { reason: "launch", by: "@maya", at: "2026-11-02T09:00:00Z" };
const freeze = (scope: string, rest: Partial<Freeze> = {}): Freeze => ({
  kind: "Freeze",
  scope,
  ...common,
  ...rest,
});
const group: Group = { kind: "Group", name: "checkout", owner: "web", scripts: ["artwork", "home"] };
const commit = "c".repeat(40);

function scopes(freezes: readonly Freeze[], script = "artwork"): string[] {
  const snapshot = {
    freezes: new Map(freezes.map((entry) => [entry.scope, entry])),
    groups: new Map([[group.name, group]]),
  };
  return stopsFor(snapshot, script, commit, nowMs).map((stop) => stop.freeze);
}

describe("freezes", () => {
  it.each([
    ["the fleet's", freeze("fleet"), true],
    ["its own", freeze("script:artwork"), true],
    ["another script's", freeze("script:home"), false],
    ["its group's", freeze("group:checkout"), true],
    ["a group's that is not declared", freeze("group:gone"), false],
    ["a region's", freeze("region:eu-west-1"), true],
    ["one that has ended", freeze("fleet", { until: "2026-11-02T09:59:59Z" }), false],
    ["one that lets it through", freeze("fleet", { allow: [{ script: "artwork", ...common }] }), false],
    [
      "one that lets another commit through",
      freeze("fleet", { allow: [{ script: "artwork", commit: "d".repeat(40), ...common }] }),
      true,
    ],
    [
      "one that lets this commit through",
      freeze("fleet", { allow: [{ script: "artwork", commit, ...common }] }),
      false,
    ],
  ])("%s", (_, entry, expected) => {
    expect(scopes([entry])).toEqual(expected ? [entry.scope] : []);
  });

  it("of a region hold there alone, and of several the longest counts", () => {
    const stops = [
      { freeze: "region:eu-west-1", ...common, untilMs: nowMs + 1, region: "eu-west-1" },
      { freeze: "fleet", ...common, untilMs: nowMs + 9, region: null },
    ];
    expect(stopIn(stops.slice(0, 1), ["us-east-1"])).toBeNull();
    expect(stopIn(stops, ["eu-west-1"])?.freeze).toBe("fleet");
  });
});

const counts = (region: string, script: string, errors: number) => ({
  region,
  script,
  requests: 100,
  errors,
});

describe("alarms of regions", () => {
  it("need most of at least three other scripts to fail", () => {
    const one = [counts("eu", "a", 50), counts("eu", "b", 0), counts("eu", "c", 0)];
    expect(regionAlarms(one, "z")).toEqual([]);
    const most = [counts("eu", "a", 50), counts("eu", "b", 50), counts("eu", "c", 0)];
    expect(regionAlarms(most, "z").map(({ region }) => region)).toEqual(["eu"]);
    expect(regionAlarms(most, "a")).toEqual([]);
    expect(regionAlarms(most.slice(0, 2), "z")).toEqual([]);
  });
});
