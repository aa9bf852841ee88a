import type { LazyParts } from "../lazy.ts";
import { requireArguments } from "../webidl.ts";

const TIMERS_MAX = 1000;
const DELAY_MS_MAX = 2 ** 31 - 1;
// A browser's floor for intervals; without one a script could flood the host.
const INTERVAL_MS_MIN = 4;

interface Timer {
  readonly run: () => void;
  /** Null for a timer that fires once. */
  readonly everyMs: number | null;
  /** The request that set it, which its log lines belong to. */
  readonly requestId: string | null;
}

/** The timer functions, and what the host and other parts do with timers. */
export function load(parts: LazyParts) {
  const timers = new Timers(parts);
  return {
    globals: timers.makeGlobals(),
    set: (run: () => void, delayMs: number): number => timers.set(run, delayMs),
    ownerOf: (timer: number): string | null => timers.ownerOf(timer),
    fire: (timer: number): void => {
      timers.fire(timer);
    },
  };
}

/** Timers kept by the host: a script cannot make the isolate wait. */
class Timers {
  readonly #parts: LazyParts;
  readonly #timers = new Map<number, Timer>();
  #last = 0;

  constructor(parts: LazyParts) {
    this.#parts = parts;
  }

  set(run: () => void, delayMs: number): number {
    return this.#set(run, delayMs, false);
  }

  clear(timer: unknown): void {
    const id = Number(timer);
    if (this.#timers.delete(id)) this.#parts.send({ type: "timerClear", timer: id });
  }

  /** The request that the timer belongs to, so that the caller can enter its scope first. */
  ownerOf(timer: number): string | null {
    return this.#timers.get(timer)?.requestId ?? null;
  }

  fire(id: number): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    if (timer.everyMs === null) this.#timers.delete(id);
    else this.#parts.send({ type: "timerSet", timer: id, delayMs: timer.everyMs });
    timer.run();
  }

  /** The web's timer functions. A handler that is no function does nothing: no text is run as code. */
  makeGlobals() {
    const { apply } = Reflect;
    const start = (handler: unknown, delay: unknown, args: readonly unknown[], repeats: boolean): number => {
      const delayMs = toDelayMs(delay);
      const run = (): void => {
        if (typeof handler === "function") apply(handler, globalThis, args);
      };
      return this.#set(run, delayMs, repeats);
    };
    const clear = (timer: unknown): void => {
      this.clear(timer);
    };
    return {
      setTimeout(handler: unknown, delay: unknown = 0, ...args: unknown[]): number {
        requireArguments(arguments.length, 1, "setTimeout");
        return start(handler, delay, args, false);
      },
      setInterval(handler: unknown, delay: unknown = 0, ...args: unknown[]): number {
        requireArguments(arguments.length, 1, "setInterval");
        return start(handler, delay, args, true);
      },
      clearTimeout(timer: unknown = 0): void {
        clear(timer);
      },
      clearInterval(timer: unknown = 0): void {
        clear(timer);
      },
    };
  }

  #set(run: () => void, delayMs: number, repeats: boolean): number {
    if (this.#timers.size >= TIMERS_MAX) throw new RangeError(`More than ${TIMERS_MAX} timers`);
    const id = ++this.#last;
    this.#timers.set(id, {
      run,
      everyMs: repeats ? Math.max(INTERVAL_MS_MIN, delayMs) : null,
      requestId: this.#parts.requestId(),
    });
    this.#parts.send({ type: "timerSet", timer: id, delayMs });
    return id;
  }
}

function toDelayMs(delay: unknown): number {
  const ms = Math.trunc(Number(delay));
  return ms > 0 ? Math.min(ms, DELAY_MS_MAX) : 0;
}
