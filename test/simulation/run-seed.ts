import type { composeContext } from "./compose-context.ts";
import type { FaultKind } from "./faults.ts";
import type { InvariantNumber } from "./invariants/ledger.ts";
import type { ActKind } from "./people.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { Simulation } from "./simulation.ts";
import type { TimedRollout } from "./timings.ts";

export interface SeedResult {
  readonly seed: number;
  readonly broken: { readonly invariant: InvariantNumber; readonly message: string } | null;
  readonly fingerprint: string;
  readonly trace: readonly string[];
  readonly virtualMs: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly acts: Readonly<Partial<Record<ActKind, number>>>;
  readonly phases: Readonly<Record<string, number>>;
  readonly checks: Readonly<Record<number, number>>;
  readonly timed: readonly TimedRollout[];
}

export interface SeedOptions {
  readonly keepsTrace?: boolean;
  /** See VirtualTime. */
  readonly settlesAlways?: boolean;
  readonly compose?: typeof composeContext;
}

/** Runs one seed to its end or its first broken invariant. */
export function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  return runScenario(scenarioOf(seed), options);
}

export async function runScenario(
  scenario: Scenario,
  { keepsTrace = false, settlesAlways = false, compose }: SeedOptions = {},
): Promise<SeedResult> {
  const simulation = new Simulation(scenario, { keepsTrace, settlesAlways, ...(compose && { compose }) });
  await simulation.run();
  const { invariants, trace, world, people } = simulation;
  const { broken } = invariants;
  return {
    seed: scenario.seed,
    broken: broken && { invariant: broken.invariant, message: broken.message },
    fingerprint: trace.fingerprint(),
    trace: trace.lines,
    virtualMs: world.time.nowMs - scenario.startMs,
    faults: Object.fromEntries(world.faults.counts),
    acts: Object.fromEntries(people.counts),
    phases: Object.fromEntries(invariants.phases),
    checks: Object.fromEntries(invariants.ledger.counts),
    timed: invariants.timings.timed,
  };
}
