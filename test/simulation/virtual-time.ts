interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
  /** Whether it lets the code under test go on, so that promises have to settle before the next act. */
  readonly goesOn: boolean;
}

/**
 * A clock that jumps from one scheduled act to the next. Acts of one moment run in the order in which they were
 * scheduled, and everything that an act sets off (promises of the code under test included) has run before the next.
 */
export class VirtualTime {
  nowMs: number;
  #order = 0;
  readonly #heap: Scheduled[] = [];
  readonly #settlesAlways: boolean;

  /** `settlesAlways` waits for promises after every act, also where none can be set off; that may make no difference. */
  constructor(startMs: number, settlesAlways: boolean) {
    this.nowMs = startMs;
    this.#settlesAlways = settlesAlways;
  }

  /** An act of the world alone: it settles no promise that the code under test waits for. */
  after(delayMs: number, act: () => void): void {
    this.#schedule(delayMs, act, this.#settlesAlways);
  }

  /** An act that runs code under test. */
  goOnAfter(delayMs: number, act: () => void): void {
    this.#schedule(delayMs, act, true);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.goOnAfter(delayMs, resolve));
  }

  /** Runs the next act and all that follows from it; false when nothing is scheduled up to `untilMs`. */
  step(untilMs: number): boolean | Promise<boolean> {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#pop();
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.act();
    return next.goesOn ? microtasksDone() : true;
  }

  #schedule(delayMs: number, act: () => void, goesOn: boolean): void {
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), order: this.#order, act, goesOn });
    this.#order += 1;
  }

  #push(entry: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const right = heap[down + 1];
      let child = heap[down];
      if (child === undefined) break;
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        down += 1;
      }
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Node runs what waits for the next tick only when no promise has anything left to do; an immediate would look for input each time. */
function microtasksDone(): Promise<true> {
  return new Promise((resolve) => process.nextTick(resolve, true));
}
