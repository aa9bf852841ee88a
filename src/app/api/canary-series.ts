import { assertNever } from "#domain/assert-never.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import type {
  EventCount,
  Histogram,
  MetricObservation,
  PeriodObservation,
  Sides,
} from "#domain/canary/observations.ts";
import { sketchHistogram, sketchTotal } from "#domain/canary/sketch-histogram.ts";
import { countOf, quantileOf } from "#domain/canary/statistics/histograms.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";

const mebibyte = 1024 * 1024;
/** What is drawn of a distribution when its verdict names no quantile. */
const quantileShown = 0.95;
/** Of the normal distribution, for bands that hold 95%. */
const z = 1.96;
const binsMax = 48;

/** A level in one window, and the band around it; null without a value. */
export interface SeriesLevel {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface SeriesPoint {
  readonly atMs: number;
  readonly sides: Sides<SeriesLevel | null>;
}

/** Both distributions over the whole run, in bins of equal ratio: shares of each side's requests. */
export interface Overlay {
  /** Lower ends of the bins; the last one is the upper end of the last bin. */
  readonly bounds: readonly number[];
  readonly shares: Sides<readonly number[]>;
}

/**
 * One metric window by window. The band of a share or a quantile is where it may lie with so many requests (95%); that
 * of CPU and memory goes from the lowest node to the highest.
 */
export function seriesOf(
  metric: MetricVerdict,
  periods: readonly PeriodObservation[],
  measurements: readonly Measurement[],
  windowMs: number,
): SeriesPoint[] {
  const byWindow = Map.groupBy(measurements, ({ startMs }) => Math.floor(startMs / windowMs) * windowMs);
  return periods.flatMap(({ startMs, metrics }) => {
    const observation = metrics[metric.name];
    if (observation === undefined) return [];
    const inWindow = byWindow.get(startMs) ?? [];
    const level = (side: keyof Sides<unknown>): SeriesLevel | null =>
      levelOf(
        metric,
        observation,
        side,
        inWindow.filter(({ role }) => role === side),
      );
    return [{ atMs: startMs, sides: { canary: level("canary"), baseline: level("baseline") } }];
  });
}

function levelOf(
  { name, quantile }: MetricVerdict,
  observation: MetricObservation,
  side: keyof Sides<unknown>,
  measurements: readonly Measurement[],
): SeriesLevel | null {
  switch (observation.kind) {
    case "events":
      return shareLevel(observation.sides[side]);
    case "distribution":
      return quantileLevel(observation.sides[side], quantile ?? quantileShown);
    case "gauge": {
      const value = observation.sides[side];
      if (value === null) return null;
      const onNodes = measurements.map((one) => gaugeOf(name, one)).filter((one) => one !== null);
      return { value, low: Math.min(value, ...onNodes), high: Math.max(value, ...onNodes) };
    }
    default:
      return assertNever(observation);
  }
}

/** Wilson's interval. Source: E. B. Wilson, "Probable inference", JASA 1927. */
function shareLevel({ events, of }: EventCount): SeriesLevel | null {
  if (of === 0) return null;
  const value = events / of;
  const centre = (value + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const width = (z * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2))) / (1 + z ** 2 / of);
  return { value, low: Math.max(0, Math.min(value, centre - width)), high: Math.max(value, centre + width) };
}

/** By the ranks between which the quantile lies. */
function quantileLevel(histogram: Histogram, quantile: number): SeriesLevel | null {
  const count = countOf(histogram);
  const value = quantileOf(histogram, quantile);
  if (value === null) return null;
  const width = (z * Math.sqrt(count * quantile * (1 - quantile))) / count;
  return {
    value,
    low: quantileOf(histogram, Math.max(0, quantile - width)) ?? value,
    high: quantileOf(histogram, Math.min(1, quantile + width)) ?? value,
  };
}

function gaugeOf(name: string, { counts }: Measurement): number | null {
  if (name === "memory") return counts.heapBytes === undefined ? null : counts.heapBytes / mebibyte;
  if (name !== "cpu" || counts.cpuMs === undefined) return null;
  const { sum, count } = sketchTotal([counts.cpuMs]);
  return count === 0 ? null : sum / count;
}

/** Latency and CPU are known request by request. */
export function overlayOf({ name }: MetricVerdict, measurements: readonly Measurement[]): Overlay | null {
  if (name !== "latency" && name !== "cpu") return null;
  const sketches = (side: Measurement["role"]) =>
    measurements
      .filter(({ role }) => role === side)
      .map(({ counts }) => (name === "latency" ? counts.latencyMs : counts.cpuMs))
      .filter((sketch) => sketch !== undefined);
  const canary = sketchHistogram(sketches("canary"));
  const baseline = sketchHistogram(sketches("baseline"));
  const values = [...canary.values, ...baseline.values].filter((value) => value > 0);
  if (values.length === 0) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const growth = canary.growth ?? baseline.growth ?? 1.02;
  // Whole bins of the sketch in each, so that none looks fuller for holding more of them.
  const ofSketch = Math.max(1, Math.ceil(Math.log(high / low) / Math.log(growth) / binsMax));
  const ratio = growth ** ofSketch;
  const first = low / Math.sqrt(growth);
  const bins = Math.floor(Math.log(high / first) / Math.log(ratio)) + 1;
  return {
    bounds: Array.from({ length: bins + 1 }, (_, at) => first * ratio ** at),
    shares: {
      canary: sharesIn(canary, first, ratio, bins),
      baseline: sharesIn(baseline, first, ratio, bins),
    },
  };
}

function sharesIn(histogram: Histogram, first: number, ratio: number, bins: number): number[] {
  const shares = Array.from({ length: bins }, () => 0);
  const total = Math.max(1, countOf(histogram));
  for (const [at, value] of histogram.values.entries()) {
    const bin =
      value <= first ? 0 : Math.min(bins - 1, Math.floor(Math.log(value / first) / Math.log(ratio)));
    shares[bin] = (shares[bin] ?? 0) + (histogram.counts[at] ?? 0) / total;
  }
  return shares;
}
