import jstat from "jstat";
import { brentRoot } from "./brent-root.ts";
import { rankShiftZ } from "./rank-shift.ts";

/** By how much the experiment lies above the control, in units of the values. */
export interface ShiftEstimate {
  readonly lower: number;
  readonly upper: number;
  /** Hodges-Lehmann, as a zero of the test. */
  readonly estimate: number;
}

/**
 * Location shift between two samples with its confidence interval: all shifts that the Mann-Whitney U test does not
 * reject. Null when a shift ties all values. Source: D. Bauer, "Constructing confidence sets using rank statistics",
 * JASA 1972, as R's wilcox.test(exact = FALSE, conf.int = TRUE) has it.
 */
export function mannWhitney(
  experimentValues: readonly number[],
  controlValues: readonly number[],
  confLevel: number,
): ShiftEstimate | null {
  const experiment = Float64Array.from(experimentValues).toSorted();
  const control = Float64Array.from(controlValues).toSorted();
  const least = (experiment[0] ?? 0) - (control.at(-1) ?? 0);
  const most = (experiment.at(-1) ?? 0) - (control[0] ?? 0);
  const zLeast = rankShiftZ(experiment, control, least);
  const zMost = rankShiftZ(experiment, control, most);
  if (zLeast === null || zMost === null) return null;
  const root = (z: number): number =>
    brentRoot({ x: least, f: zLeast - z }, { x: most, f: zMost - z }, (shift) => {
      return (rankShiftZ(experiment, control, shift) ?? NaN) - z;
    });
  const bound = (z: number): number => {
    if (zLeast - z <= 0) return least;
    return zMost - z >= 0 ? most : root(z);
  };
  const quantile = jstat.normal.inv((1 - confLevel) / 2, 0, 1);
  const found = { lower: bound(-quantile), upper: bound(quantile), estimate: root(0) };
  return Number.isNaN(found.lower + found.upper + found.estimate) ? null : found;
}
