import { expect, it } from "@jest/globals";
import { versionGoal } from "#domain/campaign/upgrade-goal.ts";

it.each<[string, string | null, boolean]>([
  ["1.2.3", null, true],
  ["1.2.4", null, false],
  ["1.1.9", ">=1.2.0 <1.2.4", false],
  ["1.2.3", ">=1.2.0 <1.2.4", true],
  ["1.2.4-rc.1", ">=1.2.0 <1.2.4", true],
])("a campaign to 1.2.4 takes %s along when it is for %s: %s", (version, range, isMeant) => {
  const goal = versionGoal("kit", "1.2.4", range);
  expect(goal.aim.targetOf(version) !== null).toBe(isMeant);
});
