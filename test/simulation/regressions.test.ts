import { describe, expect, it } from "@jest/globals";
import type { Act } from "./people.ts";
import { runScenario, runSeed } from "./run-seed.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";

/** A seed without faults. */
const calm = scenarioOf(4);

function pull(key: string, atMs: number, behaviour: "healthy" | "unbuildable"): Act {
  return {
    kind: "pull",
    atMs,
    key,
    behaviour,
    manifestIsValid: true,
    pushedAgainAfterMs: null,
    isForced: false,
    mergedAfterMs: 5_000,
  };
}

/** The first region's window opens four hours after the start. */
function closedAtFirst({ fleetText, startMs }: Scenario): string {
  const hour = new Date(startMs + 14_400_000).toISOString().slice(11, 13);
  return fleetText.replace(
    /(eu-west-1: \{ timezone: )[^,]+(.*) \}/,
    `$1UTC$2, windows: ["Mon-Sun ${hour}:00-${hour}:59"] }`,
  );
}

describe("a rollout", () => {
  it("that waits for its window ends when the merge after it cannot be built", async () => {
    const free = calm.scripts.find(({ policy }) => policy.completeWithin === null);
    if (!free) throw new Error("every script of the seed promises a time");
    const acts = [pull(free.key, 20_000, "healthy"), pull(free.key, 60_000, "unbuildable")];
    const { broken, phases } = await runScenario({ ...calm, fleetText: closedAtFirst(calm), acts });
    expect(broken).toBeNull();
    expect(phases["waitingForWindow"]).toBeGreaterThan(0);
    expect(phases["superseded"]).toBe(1);
  });

  it.each([
    [5_113, "a clock was set back between the starts of rollouts that came to a region together"],
    [8_402, "a merge of one cannot be built while its change is taken back in one region"],
    [8_926, "a merge of one cannot be built while its change waits for a frozen region"],
  ])("of a group keeps every node whole: seed %i, where %s", async (seed) => {
    expect((await runSeed(seed)).broken).toBeNull();
  });
});
