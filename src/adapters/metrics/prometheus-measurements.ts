import type { Measurement } from "#domain/canary/measurement.ts";
import { type GaugeHistory, halvesHistory } from "#domain/canary/gauge-history.ts";
import { type Run, courseOf } from "#domain/canary/run.ts";
import {
  revisionLabel,
  scrapedMeasurements,
  type LabelledSeries,
  type ScrapedSeries,
} from "#domain/canary/scraped-series.ts";
import type { MeasurementSource, MetricRange } from "#domain/ports.ts";
import { queryRange } from "./prometheus-source.ts";

/** As nodes name what they count; each query sums over the labels that are not told apart. */
const metrics = {
  requests: "showrunner_requests_total",
  errors: "showrunner_errors_total",
  coldStarts: "showrunner_cold_starts_total",
  latencyBuckets: "showrunner_request_duration_seconds_bucket",
  latencySum: "showrunner_request_duration_seconds_sum",
  cpuBuckets: "showrunner_request_cpu_seconds_bucket",
  cpuSum: "showrunner_request_cpu_seconds_sum",
  heap: "showrunner_instance_heap_bytes",
} as const satisfies Record<keyof ScrapedSeries, string>;

const cpuCount = "showrunner_request_cpu_seconds_count";
const historyMs = 86_400_000;
/** Prometheus answers no more than 11,000 points. */
const historyStepsMax = 10_000;
const historiesMax = 1_000;

/**
 * What nodes counted for a run, from a Prometheus server that scrapes them. When the server is silent or refuses, there
 * are no measurements at all, and so no verdict.
 */
export function createPrometheusMeasurements(url: string): MeasurementSource {
  // What was before a run does not change while it goes on.
  const histories = new Map<string, GaugeHistory>();
  return {
    async history(run): Promise<GaugeHistory> {
      const known = histories.get(run.id);
      if (known) return known;
      const found = await cpuHistory(url, run);
      if (found === null) return {};
      const [oldest] = histories.keys();
      if (histories.size >= historiesMax && oldest !== undefined) histories.delete(oldest);
      histories.set(run.id, found);
      return found;
    },
    async measurements(run, nowMs): Promise<Measurement[]> {
      const { phase } = run;
      if (phase.kind !== "running" && phase.kind !== "ended") return [];
      if (phase.course === null || phase.serving === null) return [];
      const { windowMs, expiresAtMs } = phase.course;
      const { sinceMs } = phase.serving;
      const windows = Math.floor((Math.min(nowMs, expiresAtMs) - sinceMs) / windowMs);
      if (windows <= 0) return [];
      const range = { startMs: sinceMs, endMs: sinceMs + windows * windowMs, stepMs: windowMs };
      const scraped = await scrape(url, run, range);
      if (scraped === null) return [];
      return scrapedMeasurements(run, phase.course, scraped, { sinceMs, windowMs, windows });
    },
  };
}

/** CPU of the revision that is the baseline, while it was stable; null when the server does not answer. */
async function cpuHistory(url: string, { script, version, phase }: Run): Promise<GaugeHistory | null> {
  const course = courseOf(phase);
  if (course === null) return null;
  const { windowMs, startedAtMs, baseline } = course;
  const endMs = Math.floor(startedAtMs / windowMs) * windowMs;
  const steps = Math.min(historyStepsMax, Math.floor(historyMs / windowMs));
  const range = { startMs: endMs - steps * windowMs, endMs, stepMs: windowMs };
  const of = `{script="${script}",version="${version}",role="stable",revision="${revisionLabel(baseline.digest)}"}`;
  const sums = await queryRange(url, `sum by (node) (${metrics.cpuSum}${of})`, range);
  const counts = await queryRange(url, `sum by (node) (${cpuCount}${of})`, range);
  return sums === null || counts === null ? null : { cpu: halvesHistory(sums, counts, range) };
}

async function scrape(
  url: string,
  { script, version }: Run,
  range: MetricRange,
): Promise<ScrapedSeries | null> {
  const of = `{script="${script}",version="${version}",role=~"canary|baseline"}`;
  const found = new Map<string, readonly LabelledSeries[]>();
  for (const [name, metric] of Object.entries(metrics)) {
    const labels = `node,region,role,revision${metric.endsWith("_bucket") ? ",le" : ""}`;
    const series = await queryRange(url, `sum by (${labels}) (${metric}${of})`, range);
    if (series === null) return null;
    found.set(name, series);
  }
  const seriesOf = (name: keyof ScrapedSeries): readonly LabelledSeries[] => found.get(name) ?? [];
  return {
    requests: seriesOf("requests"),
    errors: seriesOf("errors"),
    coldStarts: seriesOf("coldStarts"),
    latencyBuckets: seriesOf("latencyBuckets"),
    latencySum: seriesOf("latencySum"),
    cpuBuckets: seriesOf("cpuBuckets"),
    cpuSum: seriesOf("cpuSum"),
    heap: seriesOf("heap"),
  };
}
