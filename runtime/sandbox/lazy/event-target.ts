import { isObject, requireArguments, shapeInterface, toDomString } from "../webidl.ts";
import { DOMException } from "./dom-exception.ts";
import { Event, eventState, isEvent, PHASES, type EventState } from "./event.ts";

interface Listener {
  readonly type: string;
  readonly callback: object;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  isRemoved: boolean;
}

/** What AbortSignal brings to the options of `addEventListener`. */
export interface SignalPort {
  isSignal(value: unknown): boolean;
  isAborted(signal: unknown): boolean;
  onAbort(signal: unknown, act: () => void): void;
}

/** Makes the web's EventTarget. An error of a listener goes to `report`, and the next listener runs. */
export function makeEventTargetClass(report: (error: unknown) => void, signals: SignalPort) {
  let listenersOf: (target: object) => Listener[];

  class EventTarget {
    #listeners: Listener[] = [];

    static {
      listenersOf = (target) => (target as EventTarget).#listeners;
    }

    addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
      requireArguments(arguments.length, 2, "EventTarget.addEventListener");
      const listeners = this.#listeners;
      const name = toDomString(type);
      const listener = checkedCallback(callback);
      const given = isObject(options) ? options : {};
      const capture = isObject(options) ? Boolean(options["capture"]) : Boolean(options);
      // All are read before the callback is looked at: that is how scripts find out what is known.
      const { once, passive, signal } = given;
      if (signal !== undefined && !signals.isSignal(signal))
        throw new TypeError("EventTarget.addEventListener: the signal is no AbortSignal");
      if (listener === null || (signal !== undefined && signals.isAborted(signal))) return;
      if (listeners.some((known) => isSame(known, name, listener, capture))) return;
      const added: Listener = {
        type: name,
        callback: listener,
        capture,
        once: Boolean(once),
        passive: Boolean(passive),
        isRemoved: false,
      };
      listeners.push(added);
      if (signal !== undefined)
        signals.onAbort(signal, () => {
          this.#remove(added);
        });
    }

    removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
      requireArguments(arguments.length, 2, "EventTarget.removeEventListener");
      const name = toDomString(type);
      const listener = checkedCallback(callback);
      const capture = isObject(options) ? Boolean(options["capture"]) : Boolean(options);
      const found = this.#listeners.find(
        (known) => listener !== null && isSame(known, name, listener, capture),
      );
      if (found !== undefined) this.#remove(found);
    }

    dispatchEvent(event: unknown): boolean {
      requireArguments(arguments.length, 1, "EventTarget.dispatchEvent");
      void this.#listeners;
      if (!isEvent(event)) throw new TypeError("EventTarget.dispatchEvent: an Event is needed");
      const state = eventState(event);
      if (state.isDispatched) throw new DOMException("The event is being dispatched", "InvalidStateError");
      state.isTrusted = false;
      return dispatch(this, event, state);
    }

    #remove(listener: Listener): void {
      listener.isRemoved = true;
      this.#listeners = this.#listeners.filter((known) => known !== listener);
    }
  }
  shapeInterface(EventTarget, "EventTarget");

  function dispatch(target: EventTarget, event: Event, state: EventState): boolean {
    state.isDispatched = true;
    state.target = target;
    state.currentTarget = target;
    state.phase = PHASES.AT_TARGET;
    for (const capture of [true, false]) {
      for (const listener of listenersOf(target).filter((known) => known.capture === capture)) {
        if (state.isStoppedAtOnce) break;
        if (listener.isRemoved || listener.type !== state.type) continue;
        if (listener.once) target.removeEventListener(listener.type, listener.callback, listener.capture);
        state.isPassive = listener.passive;
        try {
          call(listener.callback, target, event);
        } catch (error) {
          report(error);
        }
        state.isPassive = false;
      }
    }
    state.isDispatched = false;
    state.isStopped = false;
    state.isStoppedAtOnce = false;
    state.phase = PHASES.NONE;
    state.currentTarget = null;
    return !state.isCanceled;
  }

  return {
    EventTarget,
    /** Dispatches an event of the platform's own. */
    fire: (target: EventTarget, type: string): void => {
      const event = new Event(type);
      const state = eventState(event);
      state.isTrusted = true;
      dispatch(target, event, state);
    },
  };
}

function call(callback: object, target: object, event: Event): void {
  if (typeof callback === "function") {
    Reflect.apply(callback, target, [event]);
    return;
  }
  const handle: unknown = Reflect.get(callback, "handleEvent");
  if (typeof handle !== "function") throw new TypeError("The listener has no handleEvent");
  Reflect.apply(handle, callback, [event]);
}

function checkedCallback(callback: unknown): object | null {
  if (callback === null || callback === undefined) return null;
  if (!isObject(callback)) throw new TypeError("The listener is no function");
  return callback;
}

function isSame(listener: Listener, type: string, callback: object, capture: boolean): boolean {
  return listener.type === type && listener.callback === callback && listener.capture === capture;
}
