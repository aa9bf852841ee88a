import type { CustomSeries } from "./custom-series.ts";
import type { Measurement, WindowCounts } from "./measurement.ts";
import type { MetricObservation, PeriodObservation, Sides } from "./observations.ts";
import type { Crash } from "./run.ts";
import { sketchHistogram, sketchTotal } from "./sketch-histogram.ts";

const mebibyte = 1024 * 1024;

export interface ObservedCourse {
  /** Start of the first window that counts, epoch milliseconds. */
  readonly sinceMs: number;
  /** Windows that end after this are not complete yet, epoch milliseconds. */
  readonly untilMs: number;
  readonly windowMs: number;
  /** The nodes where both sides served. */
  readonly nodes: readonly string[];
  readonly crashes: readonly Crash[];
}

/**
 * What all nodes together counted, window by window, for the judge. A window without a measurement is one without
 * requests; crashes belong to the window that they fell into, those from before the first to the first.
 */
export function observePeriods(
  course: ObservedCourse,
  measurements: readonly Measurement[],
  custom: CustomSeries,
): PeriodObservation[] {
  const { sinceMs, untilMs, windowMs, nodes } = course;
  const counted = new Set(nodes);
  const byWindow = new Map<number, Measurement[]>();
  for (const measurement of measurements) {
    if (!counted.has(measurement.node)) continue;
    const startMs = Math.floor(measurement.startMs / windowMs) * windowMs;
    byWindow.set(startMs, [...(byWindow.get(startMs) ?? []), measurement]);
  }
  const complete = Math.floor((untilMs - sinceMs) / windowMs);
  // What has crashed is known before any window is over.
  const length = Math.max(complete, course.crashes.length > 0 ? 1 : 0);
  return Array.from({ length }, (_, index) => {
    const startMs = sinceMs + index * windowMs;
    const crashes = course.crashes.filter(({ atMs }) => windowOf(atMs, course, length) === index);
    const period = observePeriod(startMs, byWindow.get(startMs) ?? [], crashes);
    return { ...period, metrics: { ...period.metrics, ...customOf(custom, startMs) } };
  });
}

function windowOf(atMs: number, { sinceMs, windowMs }: ObservedCourse, length: number): number {
  return Math.min(length - 1, Math.max(0, Math.floor((atMs - sinceMs) / windowMs)));
}

function observePeriod(
  startMs: number,
  measurements: readonly Measurement[],
  crashes: readonly Crash[],
): PeriodObservation {
  const sides: Sides<readonly Measurement[]> = {
    canary: measurements.filter(({ role }) => role === "canary"),
    baseline: measurements.filter(({ role }) => role === "baseline"),
  };
  const requests = onSides(sides, (side) => sum(side, ({ requests: count }) => count));
  return {
    startMs,
    requests,
    crashes: {
      canary: crashes.filter(({ role }) => role === "canary").length,
      baseline: crashes.filter(({ role }) => role === "baseline").length,
    },
    metrics: requests.canary + requests.baseline === 0 ? {} : metricsOf(sides),
  };
}

function customOf(custom: CustomSeries, startMs: number): Record<string, MetricObservation> {
  const found: Record<string, MetricObservation> = {};
  for (const [name, { canary, baseline }] of custom) {
    const sides = { canary: canary.get(startMs) ?? null, baseline: baseline.get(startMs) ?? null };
    if (sides.canary !== null || sides.baseline !== null) found[name] = { kind: "gauge", sides };
  }
  return found;
}

function metricsOf(sides: Sides<readonly Measurement[]>): Record<string, MetricObservation> {
  const events = (count: (counts: WindowCounts) => number): MetricObservation => ({
    kind: "events",
    sides: onSides(sides, (side) => ({
      events: sum(side, count),
      of: sum(side, ({ requests }) => requests),
    })),
  });
  return {
    errors: events(({ errors }) => errors),
    latency: {
      kind: "distribution",
      sides: onSides(sides, (side) => sketchHistogram(sketchesOf(side, "latencyMs"))),
    },
    cpu: { kind: "gauge", sides: onSides(sides, cpuMs) },
    memory: { kind: "gauge", sides: onSides(sides, heapMb) },
    coldStarts: events(({ coldStarts, requests }) => Math.min(coldStarts, requests)),
  };
}

/** What was counted somewhere in a window. */
interface Counted {
  readonly counts: WindowCounts;
}

/** Thread CPU a request, milliseconds. */
export function cpuMs(side: readonly Counted[]): number | null {
  const total = sketchTotal(sketchesOf(side, "cpuMs"));
  return total.count === 0 ? null : total.sum / total.count;
}

/** Heap in use on a node, MiB, mean over nodes. */
export function heapMb(side: readonly Counted[]): number | null {
  const heaps = side.map(({ counts }) => counts.heapBytes).filter((bytes) => bytes !== undefined);
  if (heaps.length === 0) return null;
  return heaps.reduce((total, bytes) => total + bytes, 0) / heaps.length / mebibyte;
}

export function sketchesOf(side: readonly Counted[], name: "latencyMs" | "cpuMs") {
  return side.map(({ counts }) => counts[name]).filter((sketch) => sketch !== undefined);
}

function sum(side: readonly Measurement[], count: (counts: WindowCounts) => number): number {
  return side.reduce((total, { counts }) => total + count(counts), 0);
}

function onSides<T, R>({ canary, baseline }: Sides<T>, make: (side: T) => R): Sides<R> {
  return { canary: make(canary), baseline: make(baseline) };
}
