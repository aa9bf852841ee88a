import type { Measurement } from "#domain/canary/measurement.ts";
import type { Run } from "#domain/canary/run.ts";
import {
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

/**
 * What nodes counted for a run, from a Prometheus server that scrapes them. When the server is silent or refuses, there
 * are no measurements at all, and so no verdict.
 */
export function createPrometheusMeasurements(url: string): MeasurementSource {
  return {
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
