import { addCalls, NO_CALLS, NO_DELTA, type CallCount, type SeriesDelta } from "./metrics-snapshot.ts";
import { Sketch } from "./sketch.ts";

/** Counts in a worker what one instance does, cheaply enough for every request. */
export class SeriesRecorder {
  #requests = 0;
  #byStatusClass = [0, 0, 0, 0, 0];
  readonly #errorsByKind = new Map<string, number>();
  // Made with the first request, since most of a node's scripts are idle most of the time.
  #latencyMs: Sketch | null = null;
  #cpuMs: Sketch | null = null;
  #coldStarts = 0;
  #warmups = 0;
  #batches = 0;
  #egressRefused = 0;
  readonly #calls = new Map<string, CallCount>();
  /** Requests since the clock of the thread's CPU last moved. */
  #uncharged = 0;

  /** `code` is the platform's error code, or null when the script answered; status 0 is a connection closed without an answer. */
  recordAnswer(status: number, code: string | null, latencyMs: number): void {
    this.#requests += 1;
    const statusClass = Math.floor(status / 100) - 1;
    if (statusClass >= 0) this.#byStatusClass[statusClass] = (this.#byStatusClass[statusClass] ?? 0) + 1;
    if (status >= 500 || status === 0) {
      const kind = code ?? "script_5xx";
      this.#errorsByKind.set(kind, (this.#errorsByKind.get(kind) ?? 0) + 1);
    }
    this.#latencyMs ??= new Sketch();
    this.#latencyMs.accept(latencyMs);
  }

  /**
   * One entry into the isolate that served `requests`, with its thread CPU. Kernels move that clock about once a
   * millisecond, so what it moves by is shared by all requests since it last moved: the sum is exact, and the spread is
   * that of means over a few requests where these are short.
   */
  recordBatch(requests: number, cpuMs: number): void {
    this.#batches += 1;
    this.#uncharged += requests;
    if (cpuMs <= 0 || this.#uncharged === 0) return;
    this.#cpuMs ??= new Sketch();
    this.#cpuMs.accept(cpuMs / this.#uncharged, this.#uncharged);
    this.#uncharged = 0;
  }

  recordColdStart(): void {
    this.#coldStarts += 1;
  }

  recordWarmup(): void {
    this.#warmups += 1;
  }

  /** A call to another script of the region. */
  recordCall(callee: string, isFailed: boolean): void {
    const { requests, errors } = this.#calls.get(callee) ?? NO_CALLS;
    this.#calls.set(callee, { requests: requests + 1, errors: errors + (isFailed ? 1 : 0) });
  }

  /** A call out of the node that was one too many. */
  recordEgressRefused(): void {
    this.#egressRefused += 1;
  }

  /** What was counted since the last call; counting starts anew. */
  take(): SeriesDelta {
    const done = this.#requests + this.#batches + this.#coldStarts + this.#warmups;
    if (done + this.#calls.size + this.#egressRefused === 0) return NO_DELTA;
    const delta = {
      requests: this.#requests,
      byStatusClass: this.#byStatusClass,
      errorsByKind: Object.fromEntries(this.#errorsByKind),
      latencyMs: this.#latencyMs?.toData() ?? null,
      cpuMs: this.#cpuMs?.toData() ?? null,
      coldStarts: this.#coldStarts,
      warmups: this.#warmups,
      batches: this.#batches,
      calls: addCalls({}, Object.fromEntries(this.#calls)),
      egressRefused: this.#egressRefused,
    };
    this.#calls.clear();
    this.#egressRefused = 0;
    this.#requests = this.#coldStarts = this.#warmups = this.#batches = 0;
    this.#byStatusClass = [0, 0, 0, 0, 0];
    this.#errorsByKind.clear();
    this.#latencyMs = this.#cpuMs = null;
    return delta;
  }
}
