import {
  defineConstants,
  isObject,
  requireArguments,
  shapeInterface,
  toDictionary,
  toDomString,
} from "../webidl.ts";

export const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

export interface EventState {
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
let isEventSlot: (value: unknown) => value is Event;

/** The state of an event; a TypeError for what is none. */
export function eventState(event: object): EventState {
  return stateOf(event);
}

export function isEvent(value: unknown): value is Event {
  return isEventSlot(value);
}

/** The web's Event, for targets that have no parents. */
export class Event {
  readonly #state: EventState;

  static {
    stateOf = (event) => (event as Event).#state;
    isEventSlot = (value): value is Event => isObject(value) && #state in value;
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
