import { Gauge, Histogram, Registry } from "prom-client";
import type { RegionDocument, SeriesReport } from "#schemas/types.ts";
import type { LiveInstance } from "../isolates/live-instance.ts";
import { MetricWindows } from "./metric-windows.ts";
import type { SeriesDelta, SeriesKey } from "./metrics-snapshot.ts";
import { SeriesMetrics } from "./series-metrics.ts";

const NODE_LABELS = ["region", "node"] as const;

export interface NodeMetricsSources {
  readonly region: string;
  readonly node: string;
  readonly liveInstances: () => readonly LiveInstance[];
  /** Has the workers tell what they have counted. */
  readonly refresh: () => Promise<void>;
  /** 0 before the first document. */
  readonly documentGeneration: () => number;
}

/** What one node measures: for Prometheus since it began, for the control plane minute by minute. */
export class NodeMetrics {
  readonly #registry = new Registry();
  readonly #sources: NodeMetricsSources;
  readonly #series: SeriesMetrics;
  readonly #windows = new MetricWindows();
  readonly #provisions: Histogram;

  constructor(sources: NodeMetricsSources) {
    this.#sources = sources;
    const { region, node, liveInstances } = sources;
    this.#addGauges();
    this.#series = new SeriesMetrics({
      registry: this.#registry,
      region,
      node,
      live: () => liveInstances().map(({ identity, gauges }) => ({ key: identity, gauges })),
    });
    this.#provisions = new Histogram({
      name: "showrunner_provision_duration_seconds",
      help: "Time from the wish for a digest to its first route",
      labelNames: NODE_LABELS,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [this.#registry],
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text that Prometheus scrapes, after the workers have told what they counted. */
  async text(): Promise<string> {
    await this.#sources.refresh();
    return this.#registry.metrics();
  }

  /** Takes in what an instance did in one worker since that worker last told. */
  absorb({ identity, gauges }: LiveInstance, delta: SeriesDelta, nowMs: number): void {
    this.#series.count(identity, delta, nowMs);
    this.#windows.absorb(identity, delta, gauges.heapBytes, nowMs);
  }

  /** A document is in force: what is counted is counted for the runs that it names. */
  follow(document: RegionDocument): void {
    this.#windows.follow(document);
  }

  /** For the node report. */
  reports(nowMs: number): SeriesReport[] {
    return this.#windows.reports(nowMs);
  }

  recordProvision(durationMs: number): void {
    const { region, node } = this.#sources;
    this.#provisions.observe({ region, node }, durationMs / 1000);
  }

  /** Drops the series of a unit that is gone, or they would pile up over the life of a node. */
  forget(key: SeriesKey): void {
    this.#series.forget(key);
  }

  #addGauges(): void {
    const { region, node, documentGeneration } = this.#sources;
    const labels = { region, node };
    const registers = [this.#registry];
    const generation = new Gauge({
      name: "showrunner_document_generation",
      help: "Generation of the region document in force",
      labelNames: NODE_LABELS,
      registers,
      collect: () => {
        generation.set(labels, documentGeneration());
      },
    });
    const memory = new Gauge({
      name: "showrunner_node_memory_bytes",
      help: "Resident memory of the agent's process",
      labelNames: NODE_LABELS,
      registers,
      collect: () => {
        memory.set(labels, process.memoryUsage.rss());
      },
    });
  }
}
