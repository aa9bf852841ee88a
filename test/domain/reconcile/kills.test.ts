import { describe, expect, it } from "@jest/globals";
import { killOf, planKills } from "#domain/reconcile/kills.ts";
import { killPath } from "#domain/reconcile/stop-files.ts";
import type { Group, Kill } from "#schemas/types.ts";
import { fleetOf } from "../rollout/rollout-fleet.ts";

const nowMs = Date.parse("2026-11-02T10:00:00Z");
const fleet = fleetOf(["eu-west-1", "us-east-1", "us-west-2"]);
const group: Group = { kind: "Group", name: "checkout", owner: "web", scripts: ["artwork"] };
const groups = new Map([["checkout", group]]);

function kill(scope: string, regions: string[], rest: Partial<Kill> = {}): Kill {
  return {
    kind: "Kill",
    scope,
    regions,
    reason: "it leaks",
    by: "@maya",
    at: "2026-11-02T09:00:00Z",
    ...rest,
  };
}

describe("a kill", () => {
  it.each([
    ["fleet", ["eu-west-1"], true],
    ["fleet", ["us-east-1"], false],
    ["region:eu-west-1", ["eu-west-1"], true],
    ["script:artwork", ["eu-west-1"], true],
    ["script:artwork@4", ["eu-west-1"], true],
    ["script:artwork@3", ["eu-west-1"], false],
    ["script:home", ["eu-west-1"], false],
    ["group:checkout", ["eu-west-1"], true],
    ["group:gone", ["eu-west-1"], false],
  ])("of %s in %j stops artwork@4 in eu-west-1: %s", (scope, regions, expected) => {
    const kills = new Map([[scope, kill(scope, regions)]]);
    expect(killOf({ kills, groups }, "eu-west-1", "artwork", "4") !== null).toBe(expected);
  });
});

const plan = (
  one: Kill,
  nodes: Parameters<typeof planKills>[1] = [],
  alarms: Parameters<typeof planKills>[2] = [],
) => planKills({ kills: new Map([[one.scope, one]]), fleet, generation: 7 }, nodes, alarms, nowMs);
const node = (region: string, generation: number, isSilent = false) => ({ region, generation, isSilent });

describe("kills that are under way", () => {
  it("go to the next region once those before obey", () => {
    const wide = kill("fleet", ["eu-west-1"]);
    expect(plan(wide, [node("eu-west-1", 6)])).toMatchObject({ changes: [], nextAtMs: nowMs + 2_000 });
    const { changes } = plan(wide, [node("eu-west-1", 7), node("eu-west-1", 3, true)]);
    expect(changes).toHaveLength(1);
    expect(changes[0]?.content).toMatch(/eu-west-1\n.*us-east-1\n$/s);
    expect(changes[0]?.content).not.toContain("us-west-2");
  });

  it("stop growing while a region is in trouble", () => {
    const alarms = [{ region: "eu-west-1", reason: "4 of 5 other scripts fail in eu-west-1" }];
    expect(plan(kill("group:checkout", ["eu-west-1"]), [node("eu-west-1", 7)], alarms).changes).toEqual([]);
  });

  it("of a script name every region at once, and of a region only that", () => {
    const everywhere = fleet.regions.map((region) => region.name);
    expect(plan(kill("script:artwork", everywhere)).changes).toEqual([]);
    expect(plan(kill("script:artwork", ["eu-west-1"])).changes).toHaveLength(1);
    expect(plan(kill("region:us-east-1", ["us-east-1"])).changes).toEqual([]);
  });

  it("end when their time is over", () => {
    const ends = kill("fleet", ["eu-west-1"], { until: "2026-11-02T10:00:00Z" });
    expect(plan(ends).changes).toEqual([{ path: killPath("fleet"), content: null }]);
    const lasts = kill(
      "script:artwork",
      fleet.regions.map(({ name }) => name),
      { until: "2026-11-02T11:00:00Z" },
    );
    expect(plan(lasts)).toMatchObject({ changes: [], nextAtMs: nowMs + 3_600_000 });
  });
});
