/** How often something happened, of how many chances: errors of requests, cold starts of requests. */
export interface EventCount {
  readonly events: number;
  readonly of: number;
}

/**
 * A distribution: `counts[i]` values of `values[i]`, ascending. From a sketch the values are those of its bins, so both
 * sides must come from sketches of one accuracy.
 */
export interface Histogram {
  readonly values: readonly number[];
  readonly counts: readonly number[];
  /** Of a sketch: how many times the next bin's value is this one's. Absent when the values are exact. */
  readonly growth?: number;
}

/** Canary and baseline of one thing. */
export interface Sides<T> {
  readonly canary: T;
  readonly baseline: T;
}

/** What one metric did in one period. A gauge is null on a side without a value. */
export type MetricObservation =
  | { readonly kind: "events"; readonly sides: Sides<EventCount> }
  | { readonly kind: "distribution"; readonly sides: Sides<Histogram> }
  | { readonly kind: "gauge"; readonly sides: Sides<number | null> };

/** One period of a canary run, of all nodes together: a minute, or whatever the policy's `periodMs` says. */
export interface PeriodObservation {
  readonly startMs: number;
  /** Requests that were sent to each side, for the check of the split. */
  readonly requests: Sides<number>;
  /** Instances that did not come up or died, of each side. */
  readonly crashes: Sides<number>;
  /** By the metric's name. A metric that is absent had no data in this period. */
  readonly metrics: Readonly<Record<string, MetricObservation>>;
}
