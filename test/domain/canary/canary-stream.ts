import type { JudgePolicy, MetricPolicy } from "#domain/canary/judge-policy.ts";
import type { Histogram, MetricObservation, PeriodObservation } from "#domain/canary/observations.ts";
import type { RandomStream } from "./random-stream.ts";

export const START_MS = Date.UTC(2026, 4, 4, 9);
export const MINUTE_MS = 60_000;

const METRIC: Omit<MetricPolicy, "name" | "label" | "kind"> = {
  unit: "",
  harm: "increase",
  tolerance: 0,
  concern: null,
  critical: true,
  required: true,
  place: "result",
  group: "built-in",
  history: [],
};

export function metric(
  name: string,
  kind: MetricPolicy["kind"],
  more: Partial<MetricPolicy> = {},
): MetricPolicy {
  return { ...METRIC, name, label: name, kind, ...more };
}

/** A run of 30 minutes. */
export function policyOf(metrics: readonly MetricPolicy[], more: Partial<JudgePolicy> = {}): JudgePolicy {
  return {
    alpha: 0.05,
    startedAtMs: START_MS,
    endsAtMs: START_MS + 30 * MINUTE_MS,
    periodMs: MINUTE_MS,
    requestsMin: 100,
    canaryShare: 0.5,
    staleAfterMs: 3 * MINUTE_MS,
    scoreThresholds: { pass: 95, marginal: 75 },
    groupWeights: {},
    metrics,
    ...more,
  };
}

/** Minutes of a run, with 100 requests on each side unless told otherwise. */
export function minutes(
  count: number,
  metricsOf: (minute: number) => Readonly<Record<string, MetricObservation>>,
  more: Partial<PeriodObservation> = {},
): PeriodObservation[] {
  return Array.from({ length: count }, (_, minute) => ({
    startMs: START_MS + minute * MINUTE_MS,
    requests: { canary: 100, baseline: 100 },
    crashes: { canary: 0, baseline: 0 },
    metrics: metricsOf(minute),
    ...more,
  }));
}

export function events(canary: number, baseline: number, of = 100): MetricObservation {
  return { kind: "events", sides: { canary: { events: canary, of }, baseline: { events: baseline, of } } };
}

export function gauge(canary: number | null, baseline: number | null): MetricObservation {
  return { kind: "gauge", sides: { canary, baseline } };
}

/** Lognormal values of single requests. */
export function lognormal(random: RandomStream, count: number, median: number, sigma: number): Histogram {
  const values = Array.from({ length: count }, () => median * Math.exp(sigma * random.normal()));
  return { values: values.toSorted((a, b) => a - b), counts: values.map(() => 1) };
}
