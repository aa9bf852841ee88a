import { Counter, Gauge, type Registry } from "prom-client";
import { LatencyHistogram } from "./latency-histogram.ts";
import {
  addDeltas,
  addGauges,
  isNothing,
  NO_DELTA,
  NO_GAUGES,
  seriesName,
  type SeriesDelta,
  type SeriesGauges,
  type SeriesKey,
} from "./metrics-snapshot.ts";

const SERIES_MAX = 2000;
const LABELS = ["script", "version", "revision", "role", "region", "node"] as const;
const REVISION_LENGTH = 12;
const OTHER: SeriesKey = { script: "other", version: "other", role: "other", digest: "other" };
/** How long the series of what is gone can still be scraped, milliseconds. */
const KEPT_MS = 600_000;

type Labels = Record<(typeof LABELS)[number], string>;

interface Series {
  readonly labels: Labels;
  readonly total: SeriesDelta;
  /** When it last counted anything, milliseconds since the epoch. */
  readonly countedAtMs: number;
}

/** How one instance stands just now, in all workers. */
export interface LiveSeries {
  readonly key: SeriesKey;
  readonly gauges: SeriesGauges;
}

export interface SeriesMetricsDeps {
  readonly registry: Registry;
  readonly region: string;
  readonly node: string;
  readonly live: () => readonly LiveSeries[];
}

/**
 * The series of a node for Prometheus. What workers count is added up here, so that a worker's end takes nothing back.
 * At most 2,000 series are told apart; whatever comes beyond is counted as `other`, and never lost. The series of a
 * revision that is gone is dropped after ten minutes without a count.
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

  count(key: SeriesKey, delta: SeriesDelta, nowMs: number): void {
    if (isNothing(delta)) return;
    if (!this.#isTold(key)) this.#dropGone(nowMs);
    const place = this.#isTold(key) || this.#series.size < SERIES_MAX ? key : OTHER;
    const name = seriesName(place);
    const total = addDeltas(this.#series.get(name)?.total ?? NO_DELTA, delta);
    this.#series.set(name, { labels: this.#labels(place), total, countedAtMs: nowMs });
  }

  /** Drops the series of what is gone for good; what was counted as other stays there. */
  forget(key: SeriesKey): void {
    this.#series.delete(seriesName(key));
  }

  #isTold(key: SeriesKey): boolean {
    return this.#series.has(seriesName(key));
  }

  #dropGone(nowMs: number): void {
    const live = new Set([OTHER, ...this.#deps.live().map(({ key }) => key)].map(seriesName));
    for (const [name, { countedAtMs }] of this.#series) {
      if (!live.has(name) && nowMs - countedAtMs > KEPT_MS) this.#series.delete(name);
    }
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
    this.#counter(
      "showrunner_script_calls_total",
      "Calls to other scripts of the region",
      ["callee", "outcome"],
      ({ total }, add) => {
        for (const [callee, { requests, errors }] of Object.entries(total.calls)) {
          add({ callee, outcome: "answered" }, requests - errors);
          add({ callee, outcome: "failed" }, errors);
        }
      },
    );
    this.#counter(
      "showrunner_egress_refused_total",
      "Calls out of the node that went over the rate",
      [],
      ({ total }, add) => {
        add({}, total.egressRefused);
      },
    );
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
    const now = (): readonly [Labels, SeriesGauges][] => this.#gauges();
    const metric = new Gauge({
      name,
      help,
      labelNames: LABELS,
      registers: [],
      collect() {
        this.reset();
        for (const [labels, gauges] of now()) {
          const value = read(gauges);
          if (value !== null) this.set(labels, value);
        }
      },
    });
    this.#deps.registry.registerMetric(metric);
  }

  /** The gauges of what is live; of those beyond the bound, their sum. */
  #gauges(): readonly [Labels, SeriesGauges][] {
    const live = this.#deps.live();
    const told = live
      .slice(0, SERIES_MAX)
      .map(({ key, gauges }): [Labels, SeriesGauges] => [this.#labels(key), gauges]);
    const beyond = live.slice(SERIES_MAX).map(({ gauges }) => gauges);
    return beyond.length === 0 ? told : [...told, [this.#labels(OTHER), beyond.reduce(addGauges, NO_GAUGES)]];
  }

  #labels({ script, version, role, digest }: SeriesKey): Labels {
    const { region, node } = this.#deps;
    const revision = digest.replace("sha256:", "").slice(0, REVISION_LENGTH);
    return { script, version, revision, role, region, node };
  }
}
