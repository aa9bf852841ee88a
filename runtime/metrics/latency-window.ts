const SAMPLES_MAX = 1024;
const WINDOW_MS = 60_000;

interface Sample {
  readonly atMs: number;
  readonly latencyMs: number;
}

/** The latencies of about the last minute, at most the last 1,024. */
export class LatencyWindow {
  readonly #samples: Sample[] = [];
  #next = 0;

  record(latencyMs: number, nowMs: number): void {
    this.#samples[this.#next] = { atMs: nowMs, latencyMs };
    this.#next = (this.#next + 1) % SAMPLES_MAX;
  }

  /** Milliseconds, or null when nothing was answered in the last minute. */
  p95Ms(nowMs: number): number | null {
    const recent = this.#samples
      .filter(({ atMs }) => nowMs - atMs <= WINDOW_MS)
      .map(({ latencyMs }) => latencyMs)
      .sort((a, b) => a - b);
    return recent[Math.ceil(recent.length * 0.95) - 1] ?? null;
  }
}
