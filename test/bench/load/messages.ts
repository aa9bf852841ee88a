/** Sent to the load generator. It answers each with one `LoadResult`. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  /** Each request takes one of these at random. */
  readonly targets: readonly LoadTarget[];
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadTarget {
  readonly path: string;
  /** The whole body of the right answer; null when any will do. */
  readonly body: string | null;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Requests without a complete 200 answer of the right body. */
  readonly failures: number;
  /** The first few failures, in words. */
  readonly examples: readonly string[];
  readonly p50Us: number;
  readonly p99Us: number;
  /** How busy the generator itself was, 0 to 1. Near 1 it is the generator that was measured. */
  readonly generatorCpuShare: number;
}
