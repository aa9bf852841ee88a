const TIMERS_MAX = 1000;
const DELAY_MS_MAX = 5 * 60_000;

/** The timers of one isolate, kept outside of it. */
export class HostTimers {
  readonly #fire: (timer: number) => void;
  readonly #timers = new Map<number, NodeJS.Timeout>();

  constructor(fire: (timer: number) => void) {
    this.#fire = fire;
  }

  /** Past the bound a timer never fires: only a script that tampers with its own prelude gets there. */
  set(timer: number, delayMs: number): void {
    if (this.#timers.size >= TIMERS_MAX) return;
    this.clear(timer);
    const handle = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#fire(timer);
      },
      Math.min(delayMs, DELAY_MS_MAX),
    );
    handle.unref();
    this.#timers.set(timer, handle);
  }

  clear(timer: number): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  clearAll(): void {
    for (const handle of this.#timers.values()) clearTimeout(handle);
    this.#timers.clear();
  }
}
