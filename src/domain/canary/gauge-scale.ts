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
 * Of levels: logarithms where all values are positive, or zero on both sides, since noise grows with the level; else
 * plain differences, in units of the baseline's mean size.
 */
export function levelScale(pairs: readonly Sides<number>[]): GaugeScale {
  if (!pairs.every(isRatio)) return growthScale(pairs, 1);
  return {
    differences: pairs.map(({ canary, baseline }) => (canary === 0 ? 0 : Math.log(canary / baseline))),
    changeOf: (difference) => Math.exp(difference) - 1,
    tolerated: (factor) => Math.log(factor),
  };
}

/**
 * Of what grows: plain differences in units of the baseline's mean size, since a leak adds as much in each period, which
 * logarithms would show as less and less. `steps` is how many steps one change is told over.
 */
export function growthScale(pairs: readonly Sides<number>[], steps: number): GaugeScale {
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
