import { runScenario, type SeedOptions, type SeedResult } from "./run-seed.ts";
import type { Scenario } from "./scenario.ts";

export interface Shrunk {
  readonly scenario: Scenario;
  readonly result: SeedResult;
  readonly runs: number;
}

/** More runs than this are not worth waiting for. */
const runsMaxDefault = 400;

/**
 * Leaves faults and acts out of a failing scenario while it still breaks the same invariant: whole kinds of faults
 * first, then one event after the other, until none can go.
 */
export async function shrink(
  failing: Scenario,
  options: SeedOptions = {},
  runsMax: number = runsMaxDefault,
): Promise<Shrunk> {
  let scenario = failing;
  let result = await runScenario(scenario, options);
  let runs = 1;
  const tryWith = async (smaller: Scenario): Promise<boolean> => {
    if (runs >= runsMax) return false;
    runs += 1;
    const next = await runScenario(smaller, options);
    if (next.broken?.invariant !== result.broken?.invariant) return false;
    [scenario, result] = [smaller, next];
    return true;
  };
  if (result.broken === null) return { scenario, result, runs };
  for (const kind of new Set(failing.faults.map((fault) => fault.kind))) {
    await tryWith({ ...scenario, faults: scenario.faults.filter((fault) => fault.kind !== kind) });
  }
  let isSmaller = true;
  while (isSmaller) {
    isSmaller = false;
    for (const fault of scenario.faults) {
      const faults = scenario.faults.filter((one) => one !== fault);
      if (await tryWith({ ...scenario, faults })) isSmaller = true;
    }
    for (const act of scenario.acts) {
      const acts = scenario.acts.filter((one) => one !== act);
      if (await tryWith({ ...scenario, acts })) isSmaller = true;
    }
  }
  return { scenario, result, runs };
}
