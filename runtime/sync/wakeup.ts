/** Lets one loop sleep until its time comes or somebody wakes it. A wake while it works is kept for its next wait. */
export class Wakeup {
  #isWoken = false;
  #resolve: (() => void) | null = null;

  wake(): void {
    this.#isWoken = true;
    this.#resolve?.();
  }

  /** Settles on a wake, after `waitMs` (null: only on a wake), or when the signal aborts. */
  async wait(waitMs: number | null, signal: AbortSignal): Promise<void> {
    if (!this.#isWoken && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = waitMs === null ? undefined : setTimeout(resolve, waitMs);
        const settle = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", settle);
          resolve();
        };
        this.#resolve = settle;
        signal.addEventListener("abort", settle, { once: true });
      });
    }
    this.#resolve = null;
    this.#isWoken = false;
  }
}
