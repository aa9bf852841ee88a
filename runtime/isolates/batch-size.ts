const LARGEST = 256;
// An entry this long is felt by the neighbours; one this short is mostly the price of entering.
const LONG_MS = 20;
const SHORT_MS = 5;

/**
 * How many requests go into one turn of a script. It grows while turns are short and falls when one is long, so that
 * a slow script holds its neighbours up for one request at most, and one that hangs takes few others with it.
 */
export class BatchSize {
  #next = 8;

  get next(): number {
    return this.#next;
  }

  record(requests: number, cpuMs: number): void {
    if (cpuMs > LONG_MS) this.#next = Math.max(1, Math.floor((requests * LONG_MS) / cpuMs / 2));
    else if (requests >= this.#next && cpuMs < SHORT_MS) this.#next = Math.min(LARGEST, this.#next * 2);
  }
}
