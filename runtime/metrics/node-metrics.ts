import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { SeriesDelta } from "./metrics-snapshot.ts";
import type { LiveInstance } from "../isolates/live-instance.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";

const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const INSTANCE_LABELS = ["script", "version", "role", "region", "node"] as const;

export interface NodeMetricsSources {
  readonly region: string;
  readonly node: string;
  readonly liveInstances: () => readonly LiveInstance[];
  /** Has the workers tell what they have counted. */
  readonly refresh: () => Promise<void>;
  /** 0 before the first document. */
  readonly documentGeneration: () => number;
}

/**
 * Prometheus metrics of one node. Cardinality is bounded by the document: labels are of scripts, versions and roles,
 * never of digests or paths.
 */
export class NodeMetrics {
  readonly registry = new Registry();
  readonly #sources: NodeMetricsSources;
  readonly #requests: Counter;
  readonly #warmups: Counter;
  readonly #provisions: Histogram;

  constructor(sources: NodeMetricsSources) {
    this.#sources = sources;
    const registers = [this.registry];
    this.#requests = new Counter({
      name: "showrunner_requests_total",
      help: "Requests answered",
      labelNames: [...INSTANCE_LABELS, "status_class"],
      registers,
    });
    this.#warmups = new Counter({
      name: "showrunner_warmups_total",
      help: "Instances that finished their warm-up",
      labelNames: INSTANCE_LABELS,
      registers,
    });
    this.#provisions = new Histogram({
      name: "showrunner_provision_duration_seconds",
      help: "Time from the wish for a digest to its first route",
      labelNames: ["region", "node"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#addGauges();
  }

  /** Takes in what an instance did in one worker since that worker last told. */
  absorb(identity: InstanceIdentity, delta: SeriesDelta): void {
    const labels = this.#labels(identity);
    for (const [at, status_class] of STATUS_CLASSES.entries()) {
      const count = delta.byStatusClass[at] ?? 0;
      if (count > 0) this.#requests.inc({ ...labels, status_class }, count);
    }
  }

  recordProvision(identity: InstanceIdentity, durationMs: number): void {
    const { region, node } = this.#sources;
    this.#provisions.observe({ region, node }, durationMs / 1000);
    this.#warmups.inc(this.#labels(identity));
  }

  /** Drops the series of a unit that is gone, or they would pile up over the life of a node. */
  forget(identity: InstanceIdentity): void {
    const labels = this.#labels(identity);
    for (const status_class of STATUS_CLASSES) this.#requests.remove({ ...labels, status_class });
    this.#warmups.remove(labels);
  }

  #addGauges(): void {
    const { region, node, liveInstances, documentGeneration, refresh } = this.#sources;
    const labelsOf = (live: LiveInstance): Record<string, string> => this.#labels(live.identity);
    const registers = [this.registry];
    const heap = new Gauge({
      name: "showrunner_instance_heap_bytes",
      help: "Heap in use of each serving isolate",
      labelNames: INSTANCE_LABELS,
      registers,
      collect: async () => {
        await refresh();
        heap.reset();
        for (const live of liveInstances()) if (live.heapBytes !== null) heap.inc(labelsOf(live), live.heapBytes);
      },
    });
    const generation = new Gauge({
      name: "showrunner_document_generation",
      help: "Generation of the region document in force",
      labelNames: ["region", "node"],
      registers,
      collect: () => {
        generation.set({ region, node }, documentGeneration());
      },
    });
    const memory = new Gauge({
      name: "showrunner_node_memory_bytes",
      help: "Resident memory of the node's process",
      labelNames: ["region", "node"],
      registers,
      collect: () => {
        memory.set({ region, node }, process.memoryUsage.rss());
      },
    });
  }

  #labels({ script, version, role }: InstanceIdentity): Record<(typeof INSTANCE_LABELS)[number], string> {
    const { region, node } = this.#sources;
    return { script, version, role, region, node };
  }
}
