/** An answer that is ready to be written. */
export interface Writable {
  /** Puts on record that sending begins. */
  begin(): void;
  write(): void;
}

/** Keeps answers until the end of a tick: written in one go, they cost the kernel and the clients less. */
export class ReplyQueue {
  readonly #hooks: { readonly onBegin: () => void; readonly onEnd: () => void };
  #waiting: Writable[] = [];
  #isScheduled = false;

  constructor(hooks: { readonly onBegin: () => void; readonly onEnd: () => void }) {
    this.#hooks = hooks;
  }

  /** The caller will flush: nothing has to be scheduled until then. */
  hold(): void {
    this.#isScheduled = true;
  }

  /** Outside of a tick the queue flushes itself. */
  add(writable: Writable): void {
    this.#waiting.push(writable);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.flush);
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const writable of waiting) writable.begin();
    this.#hooks.onBegin();
    if (waiting.length === 0) return;
    for (const writable of waiting) writable.write();
    this.#hooks.onEnd();
  };
}
