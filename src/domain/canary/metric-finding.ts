import type { ChangeInterval } from "./change-interval.ts";
import type { Evidence } from "./verdict.ts";

/** Of fewer requests or periods on a side nothing is concluded. */
export const SAMPLES_MIN = 5;
/** A smaller change than 1% is no harm, however sure it is; a little less, for what rounding does to 1%. */
export const NEGLIGIBLE_CHANGE = 0.01 - 1e-9;

/** What a test found of one metric, before it is put into words. */
export interface MetricFinding {
  /** Requests, or periods for gauges, on the side with fewer. */
  readonly samples: number;
  readonly baseline: number | null;
  readonly canary: number | null;
  /** Where the levels are quantiles: which, 0 to 1. */
  readonly quantile: number | null;
  /** canary / baseline - 1; null when it cannot be told. */
  readonly change: number | null;
  readonly interval: ChangeInterval | null;
  /** Whether there is evidence of more harm than is tolerated. */
  readonly isHarm: boolean;
  readonly evidence: Evidence;
}
