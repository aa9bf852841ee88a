/** What may be done so often a second in the long run, and so often at once. */
export class TokenBucket {
  readonly #aSecond: number;
  readonly #burst: number;
  #left: number;
  #filledAtMs: number;

  constructor(aSecond: number, burst: number, nowMs: number) {
    this.#aSecond = aSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#filledAtMs = nowMs;
  }

  /** Whether it may be done once more now. */
  take(nowMs: number): boolean {
    const refill = ((nowMs - this.#filledAtMs) / 1000) * this.#aSecond;
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, refill));
    this.#filledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Allows it some times more, though never more at once than the burst. */
  credit(times: number): void {
    this.#left = Math.min(this.#burst, this.#left + times);
  }
}
