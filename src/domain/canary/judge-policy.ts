import type { ChainPlace } from "./cause-order.ts";

/** What a higher value means. */
export type Direction = "increase" | "decrease" | "either";

/**
 * How a metric is compared. `events`: shares of requests. `distribution`: values of each request. `gauge`: one value a
 * period on each side, such as CPU a request. `growth`: the same, and what counts is whether the canary's grows faster.
 */
export type MetricKind = "events" | "distribution" | "gauge" | "growth";

export interface MetricPolicy {
  readonly name: string;
  /** What people read, such as "Latency". */
  readonly label: string;
  readonly kind: MetricKind;
  /** Of the values, such as "ms", for people; empty for plain numbers. */
  readonly unit: string;
  /** The change that is harm. */
  readonly harm: Direction;
  /** How much worse is fine, as a ratio: 0.05 is "up to 5% worse is fine". For growth: of the baseline's level, over the run. */
  readonly tolerance: number;
  /**
   * The smallest change that anyone would want to hear of: when all metrics are shown to change less, the run passes
   * before its end. Null: it goes on to its end.
   */
  readonly concern: number | null;
  /** A failing one fails the run; another one only costs score. */
  readonly critical: boolean;
  /** Whether the run can pass without enough data of it. */
  readonly required: boolean;
  /** Which of several failing metrics is named first. */
  readonly place: ChainPlace;
  /** For the score's weights. */
  readonly group: string;
  /**
   * Gauges only: earlier values, one a period without gaps, of ln(one side / other side) while both ran the same
   * revision. They tell how much of the noise stays from one period to the next. Empty when there are none.
   */
  readonly history: readonly number[];
}

export interface JudgePolicy {
  /** Probability that any metric of a harmless change fails, whatever the number of metrics and looks. */
  readonly alpha: number;
  readonly startedAtMs: number;
  /** When the run ends at the latest. */
  readonly endsAtMs: number;
  readonly periodMs: number;
  /** Requests on each side that a pass needs. */
  readonly requestsMin: number;
  /** Part of both sides' requests that the canary should get, 0 to 1. */
  readonly canaryShare: number;
  /** A source without data for so long before the end is dead. */
  readonly staleAfterMs: number;
  readonly scoreThresholds: { readonly pass: number; readonly marginal: number };
  /** Per cent by group; groups without one share the rest equally. */
  readonly groupWeights: Readonly<Record<string, number>>;
  readonly metrics: readonly MetricPolicy[];
}
