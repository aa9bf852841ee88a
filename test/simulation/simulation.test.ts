import { describe, expect, it } from "@jest/globals";
import { runScenario, runSeed } from "./run-seed.ts";
import { scenarioOf } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { composeContext } from "./compose-context.ts";

const smokeSeeds = Array.from({ length: 20 }, (_, index) => 20_001 + index);

/** Every node seems to have reported just now, whatever it does. */
const believesAnything: typeof composeContext = (...parts) => {
  const composition = composeContext(...parts);
  const { records, clock } = composition.context;
  const listNodes = async () =>
    (await records.listNodes()).map((node) => ({ ...node, receivedAtMs: clock.now() }));
  return { ...composition, context: { ...composition.context, records: { ...records, listNodes } } };
};

async function firstFailing(): Promise<number> {
  for (let seed = 1; ; seed += 1) {
    if ((await runSeed(seed, { compose: believesAnything })).broken !== null) return seed;
  }
}

describe("the simulation of rollouts", () => {
  it("breaks no invariant in some seeds of each build", async () => {
    for (const seed of smokeSeeds) {
      const { broken } = await runSeed(seed);
      expect({ seed, broken }).toEqual({ seed, broken: null });
    }
  }, 120_000);

  it("gives the same trace for the same seed, and another for another", async () => {
    const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
    expect(again.fingerprint).toBe(first.fingerprint);
    expect(other.fingerprint).not.toBe(first.fingerprint);
  });

  it("gives each seed three regions of four nodes, five scripts, an old version and overlapping rollouts", () => {
    for (const seed of smokeSeeds) {
      const { regions, scripts, acts } = scenarioOf(seed);
      expect(regions.length).toBeGreaterThanOrEqual(3);
      expect(Math.min(...regions.map((region) => region.nodes))).toBeGreaterThanOrEqual(4);
      expect(new Set(scripts.map(({ key }) => key.split("@")[0])).size).toBe(5);
      expect(scripts.length).toBe(6);
      expect(acts.filter(({ kind }) => kind === "pull").length).toBeGreaterThanOrEqual(2);
    }
  });

  it("shrinks a failing seed to what it needs to fail", async () => {
    const failing = scenarioOf(await firstFailing());
    const before = await runScenario(failing, { compose: believesAnything });
    const { scenario, result } = await shrink(failing, { compose: believesAnything }, 30);
    expect(result.broken?.invariant).toBe(before.broken?.invariant);
    expect(scenario.faults.length + scenario.acts.length).toBeLessThan(
      failing.faults.length + failing.acts.length,
    );
  }, 120_000);
});
