import type { Sides } from "./observations.ts";

/** Paired values as differences that mean the same at any scale of the values. */
export interface GaugeScale {
  readonly differences: readonly number[];
  /** The change, canary / baseline - 1, that a mean difference stands for. */
  readonly changeOf: (difference: number) => number;
  /** The mean difference of a side that is `factor` times the other. */
  readonly tolerated: (factor: number) => number;
}

/**
 * Logarithms where all values are positive, or zero on both sides, since noise grows with the level; else plain
 * differences, in units of the baseline's mean size. `steps` is how many steps of a growing series one change is told over; 1 for levels.
 */
export function gaugeScale(pairs: readonly Sides<number>[], steps: number): GaugeScale {
  if (pairs.every(isRatio)) {
    return {
      differences: pairs.map(({ canary, baseline }) => (canary === 0 ? 0 : Math.log(canary / baseline))),
      changeOf: (difference) => Math.exp(difference * steps) - 1,
      tolerated: (factor) => Math.log(factor) / steps,
    };
  }
  const unit =
    meanSize(pairs.map(({ baseline }) => baseline)) || meanSize(pairs.map(({ canary }) => canary)) || 1;
  return {
    differences: pairs.map(({ canary, baseline }) => (canary - baseline) / unit),
    changeOf: (difference) => difference * steps,
    tolerated: (factor) => (factor - 1) / steps,
  };
}

function isRatio({ canary, baseline }: Sides<number>): boolean {
  return (canary > 0 && baseline > 0) || (canary === 0 && baseline === 0);
}

function meanSize(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, values.length);
}
