import { judgeRun } from "#domain/canary/judge-run.ts";
import type { PeriodObservation } from "#domain/canary/observations.ts";
import { judgeKayenta } from "#domain/canary/kayenta/judge-kayenta.ts";
import { readCanaryConfig } from "#domain/canary/kayenta/canary-config.ts";
import type { MetricPair } from "#domain/canary/offline/judge-input.ts";
import { gauge, metric, minutes, MINUTE_MS, policyOf, START_MS } from "../../domain/canary/canary-stream.ts";
import type { RandomStream } from "../../domain/canary/random-stream.ts";

export const METRICS = 8;
export const POINTS = 60;
/** Standard deviation of a value's logarithm. */
const NOISE = 0.2;

/** What noise is made of: how much of it stays a minute, how much of its variance is white on top, and is in both sides. */
export interface GaugeNoise {
  readonly correlation: number;
  readonly whitePart: number;
  readonly sharedPart: number;
  /** Minutes of history before the run. */
  readonly historyMinutes: number;
}

/** One metric of one run: values a minute on each side, and the history of ln(canary / baseline). */
export interface GaugeSeries {
  readonly canary: readonly number[];
  readonly baseline: readonly number[];
  readonly history: readonly number[];
}

/** `factor` is the canary's level over the baseline's. */
export function gaugeSeries(random: RandomStream, noise: GaugeNoise, factor: number): GaugeSeries {
  const shared = noiseOf(random, noise, POINTS, NOISE * Math.sqrt(noise.sharedPart));
  const own = NOISE * Math.sqrt(1 - noise.sharedPart);
  const side = (level: number): number[] => {
    const ownNoise = noiseOf(random, noise, POINTS, own);
    return Array.from(ownNoise, (value, at) => level * Math.exp(value + (shared[at] ?? 0)));
  };
  return {
    canary: side(factor),
    baseline: side(1),
    // The difference of two sides' own noise.
    history: Array.from(noiseOf(random, noise, noise.historyMinutes, own * Math.SQRT2)),
  };
}

function noiseOf(
  random: RandomStream,
  { correlation, whitePart }: GaugeNoise,
  length: number,
  deviation: number,
): Float64Array {
  const values = random.autoregressive(length, correlation);
  const [staying, white] = [deviation * Math.sqrt(1 - whitePart), deviation * Math.sqrt(whitePart)];
  return values.map((value) => staying * value + (whitePart === 0 ? 0 : white * random.normal()));
}

/** Names of the metrics that Showrunner fails in a run of 60 minutes with its default policy, alpha shared by all eight. */
export function failedByShowrunner(series: readonly GaugeSeries[]): readonly string[] {
  const metrics = Array.from({ length: METRICS }, (_, at) =>
    metric(`metric-${at}`, "gauge", { history: series[at]?.history ?? [] }),
  );
  const policy = policyOf(metrics, { endsAtMs: START_MS + POINTS * MINUTE_MS });
  const periods: PeriodObservation[] = minutes(POINTS, (minute) =>
    Object.fromEntries(
      series.map(({ canary, baseline }, at) => [
        `metric-${at}`,
        gauge(canary[minute] ?? null, baseline[minute] ?? null),
      ]),
    ),
  );
  // The last look takes in what the earlier ones decided.
  return judgeRun({ policy, periods, nowMs: policy.endsAtMs })
    .metrics.filter(({ verdict }) => verdict === "fail")
    .map(({ name }) => name);
}

/** Kayenta's score of the same series, once at the end: increases matter, one group. */
export function scoreByKayenta(series: readonly Pick<GaugeSeries, "canary" | "baseline">[]): number {
  const pairs = series.map(({ canary, baseline }, at): MetricPair => {
    return { name: `metric-${at}`, control: baseline, experiment: canary };
  });
  const config = readCanaryConfig({
    metrics: pairs.map(({ name }) => ({
      name,
      groups: ["all"],
      analysisConfigurations: { canary: { direction: "increase" } },
    })),
  });
  return judgeKayenta({
    config,
    pairs,
    thresholds: { pass: KAYENTA_PASS, marginal: 75 },
    tolerance: 0.25,
    confLevel: 0.98,
  }).score;
}

/** A lower score is no pass. */
export const KAYENTA_PASS = 95;
