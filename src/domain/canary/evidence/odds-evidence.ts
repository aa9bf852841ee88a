import { lnMeanExp } from "../statistics/ln-mean-exp.ts";
import { lnOddsLikelihood, type ExchangeableCount } from "./exchangeable-count.ts";

/** How many times worse than tolerated the odds may be; evidence is averaged over these. */
export type OddsGrid = readonly number[];

/**
 * Evidence that the canary's odds of a marked request are more than `tolerated` times the baseline's, collected period by
 * period: the mean, over a grid of alternatives, of likelihood ratios against the tolerated odds ratio. Rejecting when
 * it reaches 1/alpha at any time errs with at most alpha (Ville). Sources: Lindon, Sanden, Shirikian, "Rapid regression
 * detection in software deployments", KDD 2022, arXiv 2205.14762, with margins conditioned on, as in Fisher's exact test.
 */
export class OddsEvidence {
  readonly #lnTolerated: number;
  readonly #lnOdds: readonly number[];
  readonly #lnRatios: Float64Array;

  constructor(grid: OddsGrid, tolerated: number) {
    this.#lnTolerated = Math.log(tolerated);
    this.#lnOdds = grid.map((times) => this.#lnTolerated + Math.log(times));
    this.#lnRatios = new Float64Array(grid.length);
  }

  add(count: ExchangeableCount): void {
    if (count.marked === 0 || count.marked === count.all) return;
    if (count.ofCanary === 0 || count.ofCanary === count.all) return;
    const lnNull = lnOddsLikelihood(count, this.#lnTolerated);
    for (const [at, lnOdds] of this.#lnOdds.entries()) {
      this.#lnRatios[at] = (this.#lnRatios[at] ?? 0) + lnOddsLikelihood(count, lnOdds) - lnNull;
    }
  }

  /** Of each alternative in the grid, so that several thresholds' evidence can be averaged. */
  get lnRatios(): Float64Array {
    return this.#lnRatios;
  }

  /** Natural logarithm of the e-value so far. */
  get lnE(): number {
    return lnMeanExp(this.#lnRatios);
  }
}
