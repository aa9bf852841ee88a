/** Something with work that waits for its turn. */
export interface Tickable {
  /** Works off one batch. Returns whether there is more. */
  runTurn(): boolean;
}

export interface TickHooks {
  /** Before the first turn of a tick; by performance.now(). */
  readonly onTick: (nowMs: number) => void;
  /** Before each turn. */
  readonly onTurn: (owner: Tickable) => void;
  /** After the last turn of a tick. */
  readonly onTicked: () => void;
}

// So that sockets are read and answered between turns, however many scripts have work.
const TICK_MS_MAX = 20;

/**
 * Gives everything that has work one turn a tick of the event loop. Entering an isolate is dear, so what arrived
 * since the last tick goes in together.
 */
export class TickScheduler {
  readonly #hooks: TickHooks;
  #ready: Tickable[] = [];
  readonly #queued = new Set<Tickable>();
  #isScheduled = false;

  constructor(hooks: TickHooks) {
    this.#hooks = hooks;
  }

  schedule(owner: Tickable): void {
    if (this.#queued.has(owner)) return;
    this.#queued.add(owner);
    this.#ready.push(owner);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    const ready = this.#ready;
    this.#ready = [];
    const startedMs = performance.now();
    this.#hooks.onTick(startedMs);
    const again: Tickable[] = [];
    let at = 0;
    for (; at < ready.length; at += 1) {
      if (at > 0 && performance.now() - startedMs > TICK_MS_MAX) break;
      const owner = ready[at];
      if (owner === undefined) continue;
      this.#queued.delete(owner);
      this.#hooks.onTurn(owner);
      if (owner.runTurn()) again.push(owner);
    }
    this.#hooks.onTicked();
    // Those that had no turn come first in the next tick.
    const left = ready.slice(at);
    if (left.length > 0) {
      this.#ready = [...left, ...this.#ready];
      this.#isScheduled = true;
      setImmediate(this.#run);
    }
    for (const owner of again) this.schedule(owner);
  };
}
