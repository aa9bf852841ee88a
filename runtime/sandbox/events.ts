type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** As much of the web's events as AbortSignal needs. */
export class Event {
  readonly type: string;
  target: EventTarget | null = null;

  constructor(type: unknown) {
    this.type = String(type);
  }
}

export class EventTarget {
  readonly #listeners = new Map<string, Map<Listener, { once: boolean }>>();

  addEventListener(
    type: string,
    listener: Listener | null,
    options: boolean | { once?: boolean } = {},
  ): void {
    if (listener === null) return;
    const listeners = this.#listeners.get(type) ?? new Map<Listener, { once: boolean }>();
    this.#listeners.set(type, listeners);
    if (!listeners.has(listener)) {
      listeners.set(listener, { once: typeof options === "object" && options.once === true });
    }
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) this.#listeners.get(type)?.delete(listener);
  }

  dispatchEvent(event: Event): boolean {
    event.target = this;
    const listeners = this.#listeners.get(event.type);
    for (const [listener, { once }] of Array.from(listeners ?? [])) {
      if (once) listeners?.delete(listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    return true;
  }
}

export class DOMException extends Error {
  constructor(message = "", name = "Error") {
    super(message);
    this.name = name;
  }
}
