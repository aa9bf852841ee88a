import { LatencyWindow } from "../metrics/latency-window.ts";
import type { ScriptInstance } from "./script-instance.ts";

/** A warmed-up instance with what it has answered so far. */
export class LiveInstance {
  readonly instance: ScriptInstance;
  readonly sinceMs: number;
  readonly warmupMs: number;
  readonly #latencies = new LatencyWindow();
  #requests = 0;
  #errors = 0;

  constructor(instance: ScriptInstance, sinceMs: number, warmupMs: number) {
    this.instance = instance;
    this.sinceMs = sinceMs;
    this.warmupMs = warmupMs;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Answers of 500 and above. */
  get errors(): number {
    return this.#errors;
  }

  record(status: number, latencyMs: number, nowMs: number): void {
    this.#requests += 1;
    if (status >= 500) this.#errors += 1;
    this.#latencies.record(latencyMs, nowMs);
  }

  p95Ms(nowMs: number): number | null {
    return this.#latencies.p95Ms(nowMs);
  }
}
