import type { Member } from "./member.ts";

// One that was started for a worker that then did not hang waits so long for the next one.
const WAITS_MS_MAX = 30_000;

/** A worker that is started ahead, because another one may turn out to hang: its clients wait less if it does. */
export class StandIn {
  readonly #start: () => Member;
  #waiting: { readonly member: Member; readonly timer: NodeJS.Timeout } | null = null;

  constructor(start: () => Member) {
    this.#start = start;
  }

  /** Starts one unless one is there. */
  call(): void {
    if (this.#waiting !== null) return;
    const timer = setTimeout(() => {
      this.dismiss();
    }, WAITS_MS_MAX);
    timer.unref();
    this.#waiting = { member: this.#start(), timer };
  }

  /** The one that is there, which is then a worker as any other; null when none is. */
  take(): Member | null {
    if (this.#waiting === null) return null;
    const { member, timer } = this.#waiting;
    clearTimeout(timer);
    this.#waiting = null;
    return member;
  }

  dismiss(): void {
    this.take()?.process.kill("stopped");
  }

  /** It is gone by itself, if it was the one. */
  forget(member: Member): void {
    if (this.#waiting?.member === member) this.take();
  }
}
