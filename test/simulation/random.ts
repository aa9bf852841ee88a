/** Chance that a seed decides: the same name and seed give the same numbers, whatever other streams are asked for. */
export class Random {
  #state: number;

  constructor(seed: number, name: string) {
    let hash = 0x811c9dc5 ^ seed;
    for (let index = 0; index < name.length; index += 1) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    }
    this.#state = hash >>> 0;
    // The first numbers of neighbouring seeds resemble each other.
    for (let skipped = 0; skipped < 4; skipped += 1) this.next();
  }

  /** In [0, 1). Source: mulberry32, public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** In [min, max). */
  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** A whole number in [min, max]. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.int(0, list.length - 1)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  /** Half to three times `mean`, the mean being kept: the spread that issue 4 asks of provisioning, warm-up and traffic. */
  spread(mean: number): number {
    // Below the mean with probability 0.8: 0.8 * 0.75 + 0.2 * 2 = 1.
    return mean * (this.chance(0.8) ? this.between(0.5, 1) : this.between(1, 3));
  }
}
