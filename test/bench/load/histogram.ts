const BUCKETS = 1_000_000;

/** Latencies in whole microseconds, up to one second; what took longer counts as that. */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;

  record(microseconds: number): void {
    this.#count += 1;
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.round(microseconds)));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** The latency that `share` (0 to 1) of the requests did not pass; 0 when there were none. */
  quantileUs(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= rank && seen > 0) return bucket;
    }
    return 0;
  }
}
