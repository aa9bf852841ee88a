import type { Measurement } from "#domain/canary/measurement.ts";
import type { Sides } from "#domain/canary/observations.ts";
import { sketchHistogram, sketchTotal } from "#domain/canary/sketch-histogram.ts";
import { quantileOf } from "#domain/canary/statistics/histograms.ts";

const shownQuantile = 0.95;
const mebibyte = 1024 * 1024;

/** What one side did in a region or on a node, over the whole run. */
export interface PlaceSide {
  readonly requests: number;
  /** Share of the requests; null without any. */
  readonly errors: number | null;
  readonly latencyP95Ms: number | null;
  /** A request. */
  readonly cpuMs: number | null;
  /** Mean over the windows. */
  readonly heapMb: number | null;
}

export interface CanaryPlace {
  readonly name: string;
  readonly sides: Sides<PlaceSide>;
}

/** Both sides at each place, by name. */
export function canaryPlaces(
  measurements: readonly Measurement[],
  placeOf: (measurement: Measurement) => string,
): CanaryPlace[] {
  const names = [...new Set(measurements.map(placeOf))].toSorted();
  return names.map((name) => {
    const here = measurements.filter((measurement) => placeOf(measurement) === name);
    return {
      name,
      sides: {
        canary: sideOf(here.filter(({ role }) => role === "canary")),
        baseline: sideOf(here.filter(({ role }) => role === "baseline")),
      },
    };
  });
}

function sideOf(measurements: readonly Measurement[]): PlaceSide {
  const counts = measurements.map((one) => one.counts);
  const requests = counts.reduce((sum, one) => sum + one.requests, 0);
  const errors = counts.reduce((sum, one) => sum + one.errors, 0);
  const cpu = sketchTotal(counts.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs])));
  const heaps = counts.flatMap(({ heapBytes }) => (heapBytes === undefined ? [] : [heapBytes]));
  const latency = sketchHistogram(
    counts.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs])),
  );
  return {
    requests,
    errors: requests === 0 ? null : errors / requests,
    latencyP95Ms: quantileOf(latency, shownQuantile),
    cpuMs: cpu.count === 0 ? null : cpu.sum / cpu.count,
    heapMb:
      heaps.length === 0 ? null : heaps.reduce((sum, bytes) => sum + bytes, 0) / heaps.length / mebibyte,
  };
}
