import type { SandboxMessage } from "./messages.ts";

const TIMERS_MAX = 1000;

type Callback = (...args: unknown[]) => unknown;

interface Timer {
  readonly callback: Callback;
  readonly args: unknown[];
  /** Null for a timer that fires once. */
  readonly everyMs: number | null;
  /** The request that set it, which its log lines belong to. */
  readonly requestId: string | null;
}

/** Timers kept by the host: a script cannot make the isolate wait. */
export class Timers {
  readonly #send: (message: SandboxMessage) => void;
  readonly #requestId: () => string | null;
  readonly #timers = new Map<number, Timer>();
  #last = 0;

  constructor(send: (message: SandboxMessage) => void, requestId: () => string | null) {
    this.#send = send;
    this.#requestId = requestId;
  }

  setTimeout(callback: Callback, delayMs?: unknown, ...args: unknown[]): number {
    return this.#set(callback, delayMs, args, false);
  }

  setInterval(callback: Callback, delayMs?: unknown, ...args: unknown[]): number {
    return this.#set(callback, delayMs, args, true);
  }

  clear(timer: unknown): void {
    if (typeof timer === "number" && this.#timers.delete(timer)) this.#send({ type: "timerClear", timer });
  }

  /** The request that the timer belongs to, so that the caller can enter its scope first. */
  ownerOf(timer: number): string | null {
    return this.#timers.get(timer)?.requestId ?? null;
  }

  fire(id: number): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    if (timer.everyMs === null) this.#timers.delete(id);
    else this.#send({ type: "timerSet", timer: id, delayMs: timer.everyMs });
    timer.callback(...timer.args);
  }

  #set(callback: Callback, delayMs: unknown, args: unknown[], repeats: boolean): number {
    if (typeof callback !== "function") throw new TypeError("A timer needs a function");
    if (this.#timers.size >= TIMERS_MAX) throw new RangeError(`More than ${TIMERS_MAX} timers`);
    const delay = Math.max(0, Math.floor(Number(delayMs)) || 0);
    this.#last += 1;
    this.#timers.set(this.#last, {
      callback,
      args,
      // A browser's floor for intervals; without one a script could flood the host.
      everyMs: repeats ? Math.max(4, delay) : null,
      requestId: this.#requestId(),
    });
    this.#send({ type: "timerSet", timer: this.#last, delayMs: delay });
    return this.#last;
  }
}
