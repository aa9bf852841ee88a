import { Counter, Gauge, type Registry } from "prom-client";
import { LatencyHistogram } from "./latency-histogram.ts";
import {
  addDeltas,
  NO_DELTA,
  seriesName,
  type MetricsSnapshot,
  type SeriesDelta,
  type SeriesGauges,
  type SeriesKey,
} from "./metrics-snapshot.ts";

const SERIES_MAX = 2000;
const LABELS = ["script", "version", "revision", "role", "region", "node"] as const;
const REVISION_LENGTH = 12;
const OTHER: SeriesKey = { script: "other", version: "other", role: "other", digest: "other" };
const NO_GAUGES: SeriesGauges = { heapBytes: null, inFlight: 0, queued: 0 };

type Labels = Record<(typeof LABELS)[number], string>;

interface Series {
  readonly labels: Labels;
  readonly total: SeriesDelta;
  readonly gauges: SeriesGauges;
}

export interface SeriesMetricsDeps {
  readonly registry: Registry;
  readonly region: string;
  readonly node: string;
}

/**
 * The series of a node for Prometheus. What workers count is added up here, so that a worker's end takes nothing back.
 * At most 2,000 series are told apart; whatever comes beyond is counted as `other`, and never lost.
 */
export class SeriesMetrics {
  readonly #deps: SeriesMetricsDeps;
  readonly #series = new Map<string, Series>();

  constructor(deps: SeriesMetricsDeps) {
    this.#deps = deps;
    this.#addAnswers();
    this.#addWork();
    this.#addGauges();
  }

  /** Adds the deltas of a snapshot of all workers, and takes its gauges in place of the last ones. */
  absorb(snapshot: MetricsSnapshot): void {
    for (const [name, series] of this.#series) this.#series.set(name, { ...series, gauges: NO_GAUGES });
    for (const { key, delta, gauges } of snapshot.series) {
      const place = this.#placeOf(key);
      const name = seriesName(place);
      const { total = NO_DELTA, gauges: others = NO_GAUGES } = this.#series.get(name) ?? {};
      const labels = this.#labels(place);
      this.#series.set(name, { labels, total: addDeltas(total, delta), gauges: addGauges(others, gauges) });
    }
  }

  /** Drops the series of what is gone for good; the ones in `other` stay where they are. */
  forget(key: SeriesKey): void {
    this.#series.delete(seriesName(key));
  }

  #placeOf(key: SeriesKey): SeriesKey {
    return this.#series.has(seriesName(key)) || this.#series.size < SERIES_MAX ? key : OTHER;
  }

  #addAnswers(): void {
    const { registry } = this.#deps;
    const registers = [registry];
    this.#counter("showrunner_requests_total", "Requests answered", ["status_class"], (series, add) => {
      for (const [at, count] of series.total.byStatusClass.entries())
        add({ status_class: `${at + 1}xx` }, count);
    });
    this.#counter("showrunner_errors_total", "Requests that failed", ["kind"], (series, add) => {
      for (const [kind, count] of Object.entries(series.total.errorsByKind)) add({ kind }, count);
    });
    const histogram = new LatencyHistogram({
      name: "showrunner_request_duration_seconds",
      help: "Time from the whole request to the script's whole response",
      labelNames: LABELS,
      registers,
    });
    histogram.source = () => [...this.#series.values()].map(({ labels, total }) => [labels, total.latencyMs]);
    const cpu = new LatencyHistogram({
      name: "showrunner_request_cpu_seconds",
      help: "Thread CPU a request",
      labelNames: LABELS,
      registers,
    });
    cpu.source = () => [...this.#series.values()].map(({ labels, total }) => [labels, total.cpuMs]);
  }

  #addWork(): void {
    this.#counter(
      "showrunner_cold_starts_total",
      "Isolates made while a request waited",
      [],
      ({ total }, add) => {
        add({}, total.coldStarts);
      },
    );
    this.#counter("showrunner_warmups_total", "Warm-ups that went well", [], ({ total }, add) => {
      add({}, total.warmups);
    });
    this.#counter("showrunner_batches_total", "Entries into isolates", [], ({ total }, add) => {
      add({}, total.batches);
    });
  }

  #addGauges(): void {
    this.#gauge("showrunner_instance_heap_bytes", "Heap in use", ({ heapBytes }) => heapBytes);
    this.#gauge(
      "showrunner_requests_in_flight",
      "Requests without an answer yet",
      ({ inFlight }) => inFlight,
    );
    this.#gauge("showrunner_requests_queued", "Requests that wait for an isolate", ({ queued }) => queued);
  }

  #counter(
    name: string,
    help: string,
    more: readonly string[],
    read: (series: Series, add: (labels: Record<string, string>, count: number) => void) => void,
  ): void {
    const all = this.#series;
    const metric = new Counter({
      name,
      help,
      labelNames: [...LABELS, ...more],
      registers: [],
      collect() {
        this.reset();
        for (const series of all.values()) {
          read(series, (labels, count) => {
            if (count > 0) this.inc({ ...series.labels, ...labels }, count);
          });
        }
      },
    });
    this.#deps.registry.registerMetric(metric);
  }

  #gauge(name: string, help: string, read: (gauges: SeriesGauges) => number | null): void {
    const all = this.#series;
    const metric = new Gauge({
      name,
      help,
      labelNames: LABELS,
      registers: [],
      collect() {
        this.reset();
        for (const { labels, gauges } of all.values()) {
          const value = read(gauges);
          if (value !== null) this.set(labels, value);
        }
      },
    });
    this.#deps.registry.registerMetric(metric);
  }

  #labels({ script, version, role, digest }: SeriesKey): Labels {
    const { region, node } = this.#deps;
    const revision = digest.replace("sha256:", "").slice(0, REVISION_LENGTH);
    return { script, version, revision, role, region, node };
  }
}

function addGauges(a: SeriesGauges, b: SeriesGauges): SeriesGauges {
  const heapBytes = a.heapBytes === null ? b.heapBytes : a.heapBytes + (b.heapBytes ?? 0);
  return { heapBytes, inFlight: a.inFlight + b.inFlight, queued: a.queued + b.queued };
}
