import { Histogram, type Registry, type MetricObjectWithValues, type MetricValueWithName } from "prom-client";
import type { Sketch as SketchData } from "#schemas/types.ts";
import { Sketch } from "./sketch.ts";

/** Upper bounds, seconds. */
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

type Values = MetricValueWithName<string>[];

interface HistogramConfig {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: Registry[];
}

/** A Prometheus histogram that is read from sketches, since those are what workers send and what adds up. */
export class LatencyHistogram extends Histogram {
  /** Labels of each series with its distribution in milliseconds. */
  source: () => readonly (readonly [Record<string, string>, SketchData | null])[] = () => [];
  /** Never observes anything: it gives the description that the values go with. */
  readonly #empty: Histogram;

  constructor(config: HistogramConfig) {
    super({ ...config, buckets: BUCKETS_S });
    this.#empty = new Histogram({ ...config, buckets: BUCKETS_S, registers: [] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const empty = await this.#empty.get();
    const values = this.source().flatMap(([labels, data]) => {
      return data === null ? [] : valuesOf(empty.name, labels, Sketch.from(data));
    });
    return { ...empty, values };
  }

  /** What the registry asks for when it writes text; the package's types leave it out. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }
}

function valuesOf(name: string, labels: Record<string, string>, sketch: Sketch): Values {
  const buckets = BUCKETS_S.map((boundS) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: boundS },
    value: sketch.countUpTo(boundS * 1000),
  }));
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: sketch.count },
    { metricName: `${name}_sum`, labels, value: sketch.sum / 1000 },
    { metricName: `${name}_count`, labels, value: sketch.count },
  ];
}
