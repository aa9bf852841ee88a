import { DOMException, Event, EventTarget } from "./events.ts";
import type { Timers } from "./timers.ts";

const abortOf = Symbol("abort");

export class AbortSignal extends EventTarget {
  #state: { readonly aborted: false } | { readonly aborted: true; readonly reason: unknown } = {
    aborted: false,
  };
  onabort: ((event: Event) => void) | null = null;

  get aborted(): boolean {
    return this.#state.aborted;
  }

  get reason(): unknown {
    return this.#state.aborted ? this.#state.reason : undefined;
  }

  throwIfAborted(): void {
    if (this.#state.aborted) throw this.#state.reason;
  }

  [abortOf](reason: unknown): void {
    if (this.#state.aborted) return;
    this.#state = { aborted: true, reason };
    const event = new Event("abort");
    this.onabort?.(event);
    this.dispatchEvent(event);
  }

  static abort(reason: unknown = new DOMException("The operation was aborted", "AbortError")): AbortSignal {
    const signal = new AbortSignal();
    signal[abortOf](reason);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const signal = new AbortSignal();
    for (const source of signals) {
      if (source.aborted) signal[abortOf](source.reason);
      else source.addEventListener("abort", () => signal[abortOf](source.reason), { once: true });
    }
    return signal;
  }
}

export class AbortController {
  readonly signal = new AbortSignal();

  abort(reason: unknown = new DOMException("The operation was aborted", "AbortError")): void {
    this.signal[abortOf](reason);
  }
}

/** Adds `AbortSignal.timeout`, which alone of the class needs timers. */
export function addSignalTimeout(timers: Timers): void {
  const timeout = (delayMs: number): AbortSignal => {
    const signal = new AbortSignal();
    timers.setTimeout(() => {
      signal[abortOf](new DOMException("The operation timed out", "TimeoutError"));
    }, delayMs);
    return signal;
  };
  Object.defineProperty(AbortSignal, "timeout", { value: timeout, writable: true, configurable: true });
}
