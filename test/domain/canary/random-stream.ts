/** Numbers from a seed: uniform (Mulberry32), normal, binomial and autocorrelated. For tests and benchmarks. */
export class RandomStream {
  #state: number;
  #spare: number | null = null;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** Of mean 0 and standard deviation 1, by the polar method. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const [u, v] = [2 * this.uniform() - 1, 2 * this.uniform() - 1];
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** How many of `trials` succeed. */
  binomial(trials: number, probability: number): number {
    let successes = 0;
    for (let trial = 0; trial < trials; trial += 1) if (this.uniform() < probability) successes += 1;
    return successes;
  }

  /** A stationary AR(1) series of mean 0 and standard deviation 1. */
  autoregressive(length: number, correlation: number): Float64Array {
    const values = new Float64Array(length);
    const fresh = Math.sqrt(1 - correlation * correlation);
    let value = this.normal();
    for (let at = 0; at < length; at += 1) {
      values[at] = value;
      value = correlation * value + fresh * this.normal();
    }
    return values;
  }
}
