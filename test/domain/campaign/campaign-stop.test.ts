import { describe, expect, it } from "@jest/globals";
import { campaignPolicy } from "#domain/campaign/campaign-policy.ts";
import { campaignAlarm, type ScoredUnit } from "#domain/campaign/campaign-stop.ts";

const policy = campaignPolicy({ kind: "Campaign", name: "c", owner: "o", library: "l", to: "1.0.0" });

function units(
  verdict: ScoredUnit["verdict"],
  count: number,
  features: readonly string[] = [],
): ScoredUnit[] {
  return Array.from({ length: count }, () => ({ verdict, atMs: 10, features }));
}

describe("a campaign that stops itself", () => {
  it.each([
    ["goes on while nothing was judged", [], false],
    ["goes on after one failure", units("fail", 1), false],
    ["stops after two of the first five, without waiting for the others", units("fail", 2), true],
    ["goes on with one failure in five", [...units("fail", 1), ...units("pass", 4)], false],
    ["goes on with 20 in 100", [...units("fail", 20), ...units("pass", 80)], false],
    ["stops with 21 in 100", [...units("fail", 21), ...units("pass", 79)], true],
    [
      "takes no comfort in what could not be judged",
      [...units("fail", 2), ...units("inconclusive", 50)],
      true,
    ],
    [
      "stops when something that was shipped is rolled back",
      [...units("rolledBack", 1), ...units("pass", 99)],
      true,
    ],
  ])("%s", (_name, scored, isStopped) => {
    expect(campaignAlarm(scored, policy) !== null).toBe(isStopped);
  });

  it("forgives what was judged before it was resumed", () => {
    expect(campaignAlarm(units("fail", 5), { ...policy, countedSinceMs: 10 })).toBeNull();
    expect(campaignAlarm(units("fail", 5), { ...policy, countedSinceMs: 9 })).not.toBeNull();
  });

  it("names what those that fail have in common and those that pass have not", () => {
    const scored = [
      ...units("fail", 3, ["from 1.2.3", "imports resize"]),
      ...units("pass", 4, ["from 1.2.3", "imports json"]),
    ];
    expect(campaignAlarm(scored, policy)?.reason).toBe(
      "3 of 7 judged pull requests failed, and at most 20% may. 3 of the 3 that fail: imports resize; of the 4 that pass 0",
    );
  });

  it("names nothing that is as common among those that pass", () => {
    const scored = [...units("fail", 3, ["from 1.2.3"]), ...units("pass", 4, ["from 1.2.3"])];
    expect(campaignAlarm(scored, policy)?.pattern).toBeNull();
  });
});
