import { type FaultKind, faultKinds } from "./faults.ts";
import type { InvariantNumber } from "./invariants/ledger.ts";
import { type ActKind, actKinds } from "./people.ts";
import type { SeedResult } from "./run-seed.ts";
import { phaseKinds } from "./phase-kinds.ts";

/** What many seeds came to. Plain data: it travels between processes. */
export interface Totals {
  seeds: number;
  virtualMs: number;
  faults: Partial<Record<FaultKind, number>>;
  acts: Partial<Record<ActKind, number>>;
  phases: Record<string, number>;
  checks: Record<number, number>;
  /** Of rollouts that met no fault, no stop and no newer merge. */
  rollouts: number;
  onTime: number;
  actualOverPromised: number[];
  etaErrors: number[];
}

/** All but 0, which is about failures that no fault explains and has no number of its own. */
export const invariantNumbers: readonly InvariantNumber[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

export function noTotals(): Totals {
  return {
    seeds: 0,
    virtualMs: 0,
    faults: {},
    acts: {},
    phases: {},
    checks: {},
    rollouts: 0,
    onTime: 0,
    actualOverPromised: [],
    etaErrors: [],
  };
}

export function addSeed(totals: Totals, result: SeedResult): void {
  totals.seeds += 1;
  totals.virtualMs += result.virtualMs;
  addCounts(totals.faults, result.faults);
  addCounts(totals.acts, result.acts);
  addCounts(totals.phases, result.phases);
  addCounts(totals.checks, result.checks);
  for (const { promisedMs, actualMs, etaErrors } of result.timed) {
    totals.rollouts += 1;
    if (actualMs <= promisedMs) totals.onTime += 1;
    totals.actualOverPromised.push(actualMs / promisedMs);
    totals.etaErrors.push(...etaErrors);
  }
}

export function addTotals(totals: Totals, more: Totals): void {
  totals.seeds += more.seeds;
  totals.virtualMs += more.virtualMs;
  totals.rollouts += more.rollouts;
  totals.onTime += more.onTime;
  addCounts(totals.faults, more.faults);
  addCounts(totals.acts, more.acts);
  addCounts(totals.phases, more.phases);
  addCounts(totals.checks, more.checks);
  totals.actualOverPromised.push(...more.actualOverPromised);
  totals.etaErrors.push(...more.etaErrors);
}

/** Fault kinds, acts, phases and invariants that never came up, in words. */
export function neverSeen(totals: Totals): string[] {
  return [
    ...faultKinds.filter((kind) => !totals.faults[kind]).map((kind) => `fault ${kind}`),
    ...actKinds.filter((kind) => !totals.acts[kind]).map((kind) => `act ${kind}`),
    ...phaseKinds.filter((kind) => !totals.phases[kind]).map((kind) => `phase ${kind}`),
    ...invariantNumbers.filter((number) => !totals.checks[number]).map((number) => `invariant ${number}`),
  ];
}

/** Shares are of 1; null without any rollout. */
export interface TimingFigures {
  readonly onTimeShare: number | null;
  readonly medianActualOverPromised: number | null;
  readonly meanEtaError: number | null;
  readonly medianEtaError: number | null;
}

export function timingFigures({ rollouts, onTime, actualOverPromised, etaErrors }: Totals): TimingFigures {
  return {
    onTimeShare: rollouts === 0 ? null : onTime / rollouts,
    medianActualOverPromised: median(actualOverPromised),
    meanEtaError:
      etaErrors.length === 0 ? null : etaErrors.reduce((sum, error) => sum + error, 0) / etaErrors.length,
    medianEtaError: median(etaErrors),
  };
}

/** What issue 4 asks of promises that nothing got in the way of. */
const promised = { onTimeShareMin: 0.99, medianActualOverPromisedMin: 0.8, meanEtaErrorMax: 0.1 };

/** Figures that are not as they were promised to be, in words. */
export function unmetFigures(totals: Totals): string[] {
  const { onTimeShare, medianActualOverPromised, meanEtaError } = timingFigures(totals);
  const { onTimeShareMin, medianActualOverPromisedMin, meanEtaErrorMax } = promised;
  const unmet: string[] = [];
  if (onTimeShare === null || onTimeShare < onTimeShareMin)
    unmet.push(`${onTimeShare} of the rollouts are on time, not ${onTimeShareMin}`);
  if (medianActualOverPromised === null || medianActualOverPromised < medianActualOverPromisedMin)
    unmet.push(
      `actual/promised is ${medianActualOverPromised}, below ${medianActualOverPromisedMin}: padded`,
    );
  if (meanEtaError === null || meanEtaError >= meanEtaErrorMax)
    unmet.push(`the ETA's error at a wave's start is ${meanEtaError}, not below ${meanEtaErrorMax}`);
  return unmet;
}

function median(numbers: readonly number[]): number | null {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? null;
}

function addCounts(
  into: Record<string, number | undefined>,
  more: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + (count ?? 0);
}
