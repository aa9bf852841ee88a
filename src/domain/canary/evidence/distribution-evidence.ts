import type { Histogram, Sides } from "../observations.ts";
import { countOf } from "../statistics/histograms.ts";
import { lnMeanExp } from "../statistics/ln-mean-exp.ts";
import { OddsEvidence } from "./odds-evidence.ts";

/** Where the sides are compared: a shift shows in the middle, a bad tail only at its end. */
const QUANTILES = [0.99, 0.95, 0.9, 0.75, 0.5] as const;
const ROUNDING = 1e-9;
const GRID = [1.15, 1.3, 1.6, 2.2, 3.5];

interface Cut {
  readonly marked: number;
  readonly markedOfCanary: number;
}

/**
 * Evidence that the canary's values are more than `factor` times the baseline's, anywhere between the median and the
 * 99th percentile. Each period pools both sides and counts who has more of the values at or above the pool's quantiles:
 * exact while the period's requests are exchangeable, so that drift which both sides share does no harm. Anytime-valid:
 * rejecting when the e-value reaches 1/alpha errs with at most alpha.
 */
export class DistributionEvidence {
  readonly #factor: number;
  readonly #evidence = QUANTILES.map((quantile) => ({ quantile, odds: new OddsEvidence(GRID, 1) }));

  constructor(factor: number) {
    this.#factor = factor;
  }

  add(sides: Sides<Histogram>): void {
    const factor = inWholeBins(this.#factor, sides.canary.growth);
    const canary = factor === 1 ? sides.canary : scaled(sides.canary, 1 / factor);
    const baseline = factor === 1 ? sides.baseline : scaled(sides.baseline, 1);
    const ofCanary = countOf(canary);
    const all = ofCanary + countOf(baseline);
    const targets = QUANTILES.map((quantile) => Math.round((1 - quantile) * all));
    for (const [at, { marked, markedOfCanary }] of cuts(canary, baseline, targets).entries()) {
      this.#evidence[at]?.odds.add({ all, ofCanary, marked, markedOfCanary });
    }
  }

  /** Natural logarithm of the e-value so far. */
  get lnE(): number {
    return lnMeanExp(this.#evidence.flatMap(({ odds }) => [...odds.lnRatios]));
  }

  /** The quantile that tells most, 0 to 1. */
  get strongestQuantile(): number {
    return this.#evidence.reduce((best, next) => (next.odds.lnE > best.odds.lnE ? next : best)).quantile;
  }
}

/** For each target, ascending, the pooled value with about so many values at or above it. */
function cuts(canary: Histogram, baseline: Histogram, targets: readonly number[]): Cut[] {
  const found: Cut[] = [];
  let atCanary = canary.values.length - 1;
  let atBaseline = baseline.values.length - 1;
  let [marked, markedOfCanary] = [0, 0];
  for (const target of targets) {
    let before: Cut = { marked, markedOfCanary };
    while (marked < target && (atCanary >= 0 || atBaseline >= 0)) {
      before = { marked, markedOfCanary };
      const ofCanary = canary.values[atCanary] ?? -Infinity;
      const ofBaseline = baseline.values[atBaseline] ?? -Infinity;
      const value = Math.max(ofCanary, ofBaseline);
      if (ofCanary === value) {
        marked += canary.counts[atCanary] ?? 0;
        markedOfCanary += canary.counts[atCanary] ?? 0;
        atCanary -= 1;
      }
      if (ofBaseline === value) {
        marked += baseline.counts[atBaseline] ?? 0;
        atBaseline -= 1;
      }
    }
    // Many equal values: whichever side of them is nearer. It depends on the pool alone.
    const isNearerBefore = target - before.marked < marked - target;
    found.push(isNearerBefore ? before : { marked, markedOfCanary });
  }
  return found;
}

/** The next factor that takes bins of a sketch to bins: between two of them, ranks of equal bins would count as a lead. */
function inWholeBins(factor: number, growth: number | undefined): number {
  if (growth === undefined) return factor;
  return growth ** Math.ceil(Math.log(factor) / Math.log(growth) - ROUNDING);
}

/** Seven digits are kept, so that bins which fall on each other stay equal. */
function scaled({ values, counts }: Histogram, factor: number): Histogram {
  return { values: values.map((value) => Math.fround(value * factor)), counts };
}
