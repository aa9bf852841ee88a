import type { Sketch } from "#schemas/types.ts";
import type { Measurement } from "./measurement.ts";
import type { Run, RunCourse } from "./run.ts";

/** One series of a scraped metric: its labels, and its values by time, epoch milliseconds. */
export interface LabelledSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<number, number>;
}

/** What a scraper has of the nodes' metrics. All but the heap are counters: they only grow, or start at nothing again. */
export interface ScrapedSeries {
  readonly requests: readonly LabelledSeries[];
  readonly errors: readonly LabelledSeries[];
  readonly coldStarts: readonly LabelledSeries[];
  /** By `le`, the upper bound in seconds. */
  readonly latencyBuckets: readonly LabelledSeries[];
  /** Seconds. */
  readonly latencySum: readonly LabelledSeries[];
  readonly cpuBuckets: readonly LabelledSeries[];
  /** Seconds. */
  readonly cpuSum: readonly LabelledSeries[];
  /** Bytes. */
  readonly heap: readonly LabelledSeries[];
}

/** How often values are there. */
export interface ScrapedCourse {
  /** Start of the first window, epoch milliseconds. */
  readonly sinceMs: number;
  readonly windowMs: number;
  readonly windows: number;
}

const revisionDigits = 12;
/** Of the sketches that buckets become; bins that are finer than any bucket. */
const accuracy = 0.01;
const gamma = (1 + accuracy) / (1 - accuracy);

/** What nodes counted for a run, window by window, from what a scraper saw of them at the windows' ends. */
export function scrapedMeasurements(
  run: Run,
  course: RunCourse,
  scraped: ScrapedSeries,
  when: ScrapedCourse,
): Measurement[] {
  const sides = [
    { role: "canary", digest: run.candidate.digest },
    { role: "baseline", digest: course.baseline.digest },
  ] as const;
  return sides.flatMap(({ role, digest }) => {
    const own = ofSide(scraped, role, digest);
    return nodesIn(own.requests).flatMap(({ node, region }) => {
      const onNode = mapSeries(own, (series) => series.filter(({ labels }) => labels["node"] === node));
      return Array.from({ length: when.windows }, (_, window) => ({
        role,
        node,
        region,
        startMs: when.sinceMs + window * when.windowMs,
        counts: countsOf(onNode, when, window),
      }));
    });
  });
}

/** What nodes put into the label `revision`. */
export function revisionLabel(digest: string): string {
  return digest.replace("sha256:", "").slice(0, revisionDigits);
}

function ofSide(scraped: ScrapedSeries, role: Measurement["role"], digest: string): ScrapedSeries {
  const revision = revisionLabel(digest);
  return mapSeries(scraped, (series) =>
    series.filter(({ labels }) => labels["role"] === role && labels["revision"] === revision),
  );
}

function mapSeries(
  { requests, errors, coldStarts, latencyBuckets, latencySum, cpuBuckets, cpuSum, heap }: ScrapedSeries,
  map: (series: readonly LabelledSeries[]) => readonly LabelledSeries[],
): ScrapedSeries {
  return {
    requests: map(requests),
    errors: map(errors),
    coldStarts: map(coldStarts),
    latencyBuckets: map(latencyBuckets),
    latencySum: map(latencySum),
    cpuBuckets: map(cpuBuckets),
    cpuSum: map(cpuSum),
    heap: map(heap),
  };
}

function nodesIn(series: readonly LabelledSeries[]): { readonly node: string; readonly region: string }[] {
  const regions = new Map(series.map(({ labels }) => [labels["node"] ?? "", labels["region"] ?? ""]));
  return [...regions].map(([node, region]) => ({ node, region }));
}

function countsOf(scraped: ScrapedSeries, when: ScrapedCourse, window: number): Measurement["counts"] {
  const more = (series: readonly LabelledSeries[]): number => growthIn(series, when, window);
  const endMs = when.sinceMs + (window + 1) * when.windowMs;
  const heap = scraped.heap.map(({ values }) => values.get(endMs)).find((bytes) => bytes !== undefined);
  const requests = more(scraped.requests);
  return {
    requests,
    errors: Math.min(requests, more(scraped.errors)),
    errorsByKind: {},
    coldStarts: more(scraped.coldStarts),
    warmups: 0,
    batches: 0,
    latencyMs: bucketSketch(scraped.latencyBuckets, scraped.latencySum, when, window),
    cpuMs: bucketSketch(scraped.cpuBuckets, scraped.cpuSum, when, window),
    ...(heap !== undefined && { heapBytes: heap }),
  };
}

/** How much counters grew from one end of a window to the other. One that is new, or started anew, grew from nothing. */
function growthIn(
  series: readonly LabelledSeries[],
  { sinceMs, windowMs }: ScrapedCourse,
  window: number,
): number {
  const startMs = sinceMs + window * windowMs;
  return series.reduce((sum, { values }) => {
    const [before, after] = [values.get(startMs) ?? 0, values.get(startMs + windowMs)];
    if (after === undefined) return sum;
    return sum + (after >= before ? after - before : after);
  }, 0);
}

/** Buckets as a sketch in milliseconds: what fell into a bucket lies at its upper bound. */
function bucketSketch(
  buckets: readonly LabelledSeries[],
  sums: readonly LabelledSeries[],
  when: ScrapedCourse,
  window: number,
): Sketch {
  const bounds = [...new Set(buckets.map(({ labels }) => labels["le"] ?? ""))]
    .map((text) => ({ text, boundMs: text === "+Inf" ? Infinity : Number(text) * 1000 }))
    .toSorted((a, b) => a.boundMs - b.boundMs);
  const bins = new Map<number, number>();
  let [below, lastBin] = [0, 0];
  for (const { text, boundMs } of bounds) {
    const upTo = growthIn(
      buckets.filter(({ labels }) => labels["le"] === text),
      when,
      window,
    );
    // Above the last bound nothing is known but that it is higher.
    const bin = Number.isFinite(boundMs) ? Math.ceil(Math.log(boundMs) / Math.log(gamma)) : lastBin + 1;
    const count = Math.max(0, Math.round(upTo - below));
    if (count > 0) bins.set(bin, count);
    [below, lastBin] = [upTo, bin];
  }
  const offset = Math.min(...bins.keys());
  const last = Math.max(...bins.keys());
  return {
    accuracy,
    offset: bins.size === 0 ? 0 : offset,
    counts:
      bins.size === 0 ? [] : Array.from({ length: last - offset + 1 }, (_, at) => bins.get(offset + at) ?? 0),
    zeros: 0,
    sum: 1000 * growthIn(sums, when, window),
  };
}
