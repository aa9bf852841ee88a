import {
  defineConstants,
  isObject,
  requireArguments,
  shapeInterface,
  toDictionary,
  toDomString,
} from "../webidl.ts";
import { DOMException } from "./dom-exception.ts";

const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

interface EventState {
  type: string;
  bubbles: boolean;
  cancelable: boolean;
  readonly composed: boolean;
  target: object | null;
  currentTarget: object | null;
  phase: number;
  isCanceled: boolean;
  isStopped: boolean;
  isStoppedAtOnce: boolean;
  isDispatched: boolean;
  isPassive: boolean;
  isTrusted: boolean;
  readonly timeStamp: number;
}

let stateOf: (event: object) => EventState;
let isEvent: (value: unknown) => value is Event;

/** The web's Event, for targets that have no parents. */
export class Event {
  readonly #state: EventState;

  static {
    stateOf = (event) => (event as Event).#state;
    isEvent = (value): value is Event => isObject(value) && #state in value;
  }

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "Event");
    const name = toDomString(type);
    const { bubbles, cancelable, composed } = toDictionary(init, "Event");
    this.#state = {
      type: name,
      bubbles: Boolean(bubbles),
      cancelable: Boolean(cancelable),
      composed: Boolean(composed),
      target: null,
      currentTarget: null,
      phase: 0,
      isCanceled: false,
      isStopped: false,
      isStoppedAtOnce: false,
      isDispatched: false,
      isPassive: false,
      isTrusted: false,
      timeStamp: Date.now(),
    };
    Object.defineProperty(this, "isTrusted", isTrustedDescriptor);
  }

  get type(): string {
    return this.#state.type;
  }
  get target(): object | null {
    return this.#state.target;
  }
  get srcElement(): object | null {
    return this.#state.target;
  }
  get currentTarget(): object | null {
    return this.#state.currentTarget;
  }
  composedPath(): object[] {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }
  get eventPhase(): number {
    return this.#state.phase;
  }
  stopPropagation(): void {
    this.#state.isStopped = true;
  }
  get cancelBubble(): boolean {
    return this.#state.isStopped;
  }
  set cancelBubble(value: unknown) {
    const state = this.#state;
    if (value) state.isStopped = true;
  }
  stopImmediatePropagation(): void {
    this.#state.isStopped = true;
    this.#state.isStoppedAtOnce = true;
  }
  get bubbles(): boolean {
    return this.#state.bubbles;
  }
  get cancelable(): boolean {
    return this.#state.cancelable;
  }
  get returnValue(): boolean {
    return !this.#state.isCanceled;
  }
  set returnValue(value: unknown) {
    const state = this.#state;
    if (!value) cancel(state);
  }
  preventDefault(): void {
    cancel(this.#state);
  }
  get defaultPrevented(): boolean {
    return this.#state.isCanceled;
  }
  get composed(): boolean {
    return this.#state.composed;
  }
  get timeStamp(): number {
    return this.#state.timeStamp;
  }
  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    requireArguments(arguments.length, 1, "Event.initEvent");
    const state = this.#state;
    if (state.isDispatched) return;
    state.type = toDomString(type);
    state.bubbles = Boolean(bubbles);
    state.cancelable = Boolean(cancelable);
    state.isCanceled = false;
    state.isStopped = false;
    state.isStoppedAtOnce = false;
    state.target = null;
  }
}

/** An own property of every event, which no script can redefine. */
const isTrustedDescriptor = {
  get(this: object): boolean {
    return stateOf(this).isTrusted;
  },
  enumerable: true,
  configurable: false,
};

shapeInterface(Event, "Event");
defineConstants(Event, PHASES);

function cancel(state: EventState): void {
  if (state.cancelable && !state.isPassive) state.isCanceled = true;
}

/** The web's CustomEvent. */
export class CustomEvent extends Event {
  #detail: unknown;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "CustomEvent");
    super(type, init);
    this.#detail = toDictionary(init, "CustomEvent")["detail"] ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }
  initCustomEvent(
    type: unknown,
    bubbles: unknown = false,
    cancelable: unknown = false,
    detail: unknown = null,
  ): void {
    requireArguments(arguments.length, 1, "CustomEvent.initCustomEvent");
    if (stateOf(this).isDispatched) return;
    this.initEvent(type, bubbles, cancelable);
    this.#detail = detail;
  }
}
shapeInterface(CustomEvent, "CustomEvent");

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
      const { signal } = given;
      if (signal !== undefined && !signals.isSignal(signal))
        throw new TypeError("EventTarget.addEventListener: the signal is no AbortSignal");
      if (listener === null || (signal !== undefined && signals.isAborted(signal))) return;
      if (listeners.some((known) => isSame(known, name, listener, capture))) return;
      const added: Listener = {
        type: name,
        callback: listener,
        capture,
        once: Boolean(given["once"]),
        passive: Boolean(given["passive"]),
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
      const state = stateOf(event);
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
      const state = stateOf(event);
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
