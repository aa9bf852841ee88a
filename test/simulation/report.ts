import { faultKinds } from "./faults.ts";
import { actKinds } from "./people.ts";
import { phaseKinds } from "./phase-kinds.ts";
import type { SeedResult } from "./run-seed.ts";
import { type Totals, invariantNumbers, timingFigures } from "./totals.ts";

export interface Outcome {
  readonly from: number;
  readonly seeds: number;
  readonly tookMs: number;
  readonly totals: Totals;
  readonly broken: SeedResult | null;
  /** What never came up although it must. */
  readonly missing: readonly string[];
  /** Figures of promises that are not what they have to be. */
  readonly unmet: readonly string[];
}

export function isOk({ broken, missing, unmet }: Pick<Outcome, "broken" | "missing" | "unmet">): boolean {
  return broken === null && missing.length === 0 && unmet.length === 0;
}

export function jsonReport({ from, seeds, tookMs, totals, broken, missing, unmet }: Outcome) {
  return {
    suite: "rollout",
    ok: isOk({ broken, missing, unmet }),
    from,
    seeds,
    passed: totals.seeds,
    tookMs: Math.round(tookMs),
    virtualHours: Math.round(totals.virtualMs / 3_600_000),
    broken: broken && { seed: broken.seed, ...broken.broken },
    missing,
    unmet,
    faults: counted(faultKinds, totals.faults),
    acts: counted(actKinds, totals.acts),
    phases: counted(phaseKinds, totals.phases),
    checks: counted(invariantNumbers.map(String), totals.checks),
    timing: { rollouts: totals.rollouts, ...timingFigures(totals) },
  };
}

export function textReport(outcome: Outcome): string {
  const report = jsonReport(outcome);
  const { timing } = report;
  const lines = [
    `${report.passed} of ${report.seeds} seeds from ${report.from} passed in ${(outcome.tookMs / 1000).toFixed(1)} s (${report.virtualHours} hours of simulated time)`,
    table("faults that had an effect", report.faults),
    table("acts of people", report.acts),
    table("phases of rollouts", report.phases),
    table("checks of invariants", report.checks),
    `${timing.rollouts} rollouts met no fault, no stop and no newer merge:`,
    `  on time ${percent(timing.onTimeShare)}, actual/promised ${ratio(timing.medianActualOverPromised)} (median), ETA error at a wave's start ${percent(timing.meanEtaError)} (mean), ${percent(timing.medianEtaError)} (median)`,
  ];
  if (outcome.unmet.length > 0) lines.push(`not as promised: ${outcome.unmet.join("; ")}`);
  if (outcome.missing.length > 0) lines.push(`never came up: ${outcome.missing.join(", ")}`);
  const { broken } = outcome;
  if (broken?.broken) {
    lines.push(`seed ${broken.seed} breaks invariant ${broken.broken.invariant}: ${broken.broken.message}`);
  }
  return lines.join("\n");
}

function counted(names: readonly string[], counts: Readonly<Record<string, number | undefined>>) {
  return Object.fromEntries(names.map((name) => [name, counts[name] ?? 0]));
}

function table(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).map(([name, count]) => `  ${name.padEnd(22)} ${count}`);
  return [`${title}:`, ...rows].join("\n");
}

function percent(share: number | null): string {
  return share === null ? "unknown" : `${(100 * share).toFixed(2)}%`;
}

function ratio(value: number | null): string {
  return value === null ? "unknown" : value.toFixed(3);
}
