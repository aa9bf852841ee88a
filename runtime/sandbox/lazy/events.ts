import type { LazyParts } from "../lazy.ts";
import { isObject, requireArguments, shapeInterface, toEnforcedCount } from "../webidl.ts";
import { DOMException } from "./dom-exception.ts";
import { makeEventTargetClass } from "./event-target.ts";
import { CustomEvent, Event } from "./event.ts";

const INTERNAL = Symbol("internal");

interface SignalState {
  /** Set once it is aborted. */
  outcome: { readonly reason: unknown } | null;
  readonly acts: Set<() => void>;
  readonly dependents: Set<object>;
  /** Signals that this one follows; none of them follows another one. */
  readonly sources: Set<object>;
  readonly isDependent: boolean;
  handler: object | null;
  hasHandlerListener: boolean;
}

/** Events, DOMException, AbortController and AbortSignal. */
export function load(parts: LazyParts) {
  const { EventTarget, fire } = makeEventTargetClass(parts.report, {
    isSignal: (value) => isSignal(value),
    isAborted: (signal) => isObject(signal) && stateOf(signal).outcome !== null,
    onAbort: (signal, act) => {
      if (isObject(signal)) stateOf(signal).acts.add(act);
    },
  });
  let stateOf: (signal: object) => SignalState;
  let isSignal: (value: unknown) => value is AbortSignal;

  class AbortSignal extends EventTarget {
    readonly #state: SignalState;

    static {
      stateOf = (signal) => (signal as AbortSignal).#state;
      isSignal = (value): value is AbortSignal => isObject(value) && #state in value;
    }

    constructor(key: unknown, isDependent = false) {
      if (key !== INTERNAL) throw new TypeError("Illegal constructor");
      super();
      this.#state = {
        outcome: null,
        acts: new Set(),
        dependents: new Set(),
        sources: new Set(),
        isDependent,
        handler: null,
        hasHandlerListener: false,
      };
    }

    static abort(reason: unknown = undefined): AbortSignal {
      const signal = new AbortSignal(INTERNAL);
      signal.#state.outcome = { reason: reason === undefined ? abortError() : reason };
      return signal;
    }

    static any(signals: unknown): AbortSignal {
      requireArguments(arguments.length, 1, "AbortSignal.any");
      if (!isObject(signals)) throw new TypeError("AbortSignal.any: a list of signals is needed");
      const sources: AbortSignal[] = [];
      for (const signal of signals as unknown as Iterable<unknown>) {
        if (!isSignal(signal)) throw new TypeError("AbortSignal.any: the list has what is no AbortSignal");
        sources.push(signal);
      }
      return follow(sources);
    }

    static timeout(milliseconds: unknown): AbortSignal {
      requireArguments(arguments.length, 1, "AbortSignal.timeout");
      const delayMs = toEnforcedCount(milliseconds, "AbortSignal.timeout");
      const signal = new AbortSignal(INTERNAL);
      parts.use("timers").set(() => {
        abort(signal, new DOMException("The operation timed out", "TimeoutError"));
      }, delayMs);
      return signal;
    }

    get aborted(): boolean {
      return this.#state.outcome !== null;
    }
    get reason(): unknown {
      return this.#state.outcome?.reason;
    }
    throwIfAborted(): void {
      const { outcome } = this.#state;
      if (outcome !== null) throw outcome.reason;
    }
    get onabort(): object | null {
      return this.#state.handler;
    }
    set onabort(handler: unknown) {
      const state = this.#state;
      state.handler = isObject(handler) ? handler : null;
      if (state.handler === null || state.hasHandlerListener) return;
      state.hasHandlerListener = true;
      this.addEventListener("abort", (event: Event) => {
        if (typeof state.handler === "function") Reflect.apply(state.handler, this, [event]);
      });
    }
  }
  shapeInterface(AbortSignal, "AbortSignal");

  class AbortController {
    readonly #signal = new AbortSignal(INTERNAL);

    get signal(): AbortSignal {
      return this.#signal;
    }
    abort(reason: unknown = undefined): void {
      abort(this.#signal, reason === undefined ? abortError() : reason);
    }
  }
  shapeInterface(AbortController, "AbortController");

  /** The web's "create a dependent abort signal". */
  function follow(signals: readonly object[]): AbortSignal {
    const signal = new AbortSignal(INTERNAL, true);
    const state = stateOf(signal);
    for (const source of signals) {
      const { outcome } = stateOf(source);
      if (outcome === null) continue;
      state.outcome = outcome;
      return signal;
    }
    for (const source of signals) {
      const { isDependent, sources } = stateOf(source);
      for (const root of isDependent ? sources : [source]) {
        state.sources.add(root);
        stateOf(root).dependents.add(signal);
      }
    }
    return signal;
  }

  function abort(signal: AbortSignal, reason: unknown): void {
    const state = stateOf(signal);
    if (state.outcome !== null) return;
    state.outcome = { reason };
    const dependents = [...state.dependents].filter((one) => stateOf(one).outcome === null);
    for (const dependent of dependents) stateOf(dependent).outcome = state.outcome;
    state.dependents.clear();
    runAbortSteps(signal);
    for (const dependent of dependents) if (isSignal(dependent)) runAbortSteps(dependent);
  }

  function runAbortSteps(signal: AbortSignal): void {
    const { acts } = stateOf(signal);
    for (const act of acts) act();
    acts.clear();
    fire(signal, "abort");
  }

  return {
    globals: { Event, CustomEvent, EventTarget, AbortSignal, AbortController, DOMException },
    DOMException,
    isSignal: (value: unknown) => isSignal(value),
    follow,
    /** Null while the signal is not aborted. */
    outcomeOf: (signal: object) => stateOf(signal).outcome,
    /** Calls `act` once on abort; the function returned takes that back. */
    onAbort: (signal: object, act: () => void): (() => void) => {
      const { acts } = stateOf(signal);
      acts.add(act);
      return () => {
        acts.delete(act);
      };
    },
  };
}

function abortError(): DOMException {
  return new DOMException("The operation was aborted", "AbortError");
}
