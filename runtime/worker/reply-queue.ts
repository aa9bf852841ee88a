import type { Reply } from "./exchange.ts";

/** Characters or bytes; a longer body takes a while to be written. */
const LONG_LENGTH = 16 * 1024;

/** An answer that is ready to be written. */
export interface Writable {
  readonly isLong: boolean;
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
    this.#hooks.onBegin();
    if (waiting.length === 0) return;
    let long = 0;
    // A short answer goes out whole or not at all. Until the end it stays on record as owed: if this process dies in
    // between, the client is told so, for this request or for the next one that it has sent already.
    for (const writable of waiting) {
      if (writable.isLong) long += 1;
      else writable.write();
    }
    // Each of these goes on record by itself, or a worker that dies here would leave answers unsent that it began.
    if (long > 0) for (const writable of waiting) if (writable.isLong) this.#writeAlone(writable);
    this.#hooks.onEnd();
  };

  #writeAlone(writable: Writable): void {
    writable.begin();
    this.#hooks.onBegin();
    writable.write();
  }
}

/** The reply with a long body as bytes, so that to write it is all that is left to do; and whether it is long. */
export function readyToWrite(reply: Reply): { readonly reply: Reply; readonly isLong: boolean } {
  const { body } = reply;
  if (body.length <= LONG_LENGTH) return { reply, isLong: false };
  return { reply: typeof body === "string" ? { ...reply, body: Buffer.from(body) } : reply, isLong: true };
}
