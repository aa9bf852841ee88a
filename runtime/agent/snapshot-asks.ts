import type { WorkerProcess } from "./worker-process.ts";

const ANSWER_MS_MAX = 250;

/** Questions to workers for what they have counted. */
export class SnapshotAsks {
  readonly #waiting = new Map<number, { left: number; readonly settle: () => void }>();
  #lastAsk = 0;

  /** Settles when all have told, or a busy one kept the others too long. */
  async ask(workers: readonly WorkerProcess[]): Promise<void> {
    if (workers.length === 0) return;
    this.#lastAsk += 1;
    const ask = this.#lastAsk;
    await new Promise<void>((settle) => {
      this.#waiting.set(ask, { left: workers.length, settle });
      setTimeout(settle, ANSWER_MS_MAX).unref();
      for (const worker of workers) worker.send({ type: "snapshot", ask });
    });
    this.#waiting.delete(ask);
  }

  /** One worker has told. */
  settle(ask: number): void {
    const waiting = this.#waiting.get(ask);
    if (waiting === undefined) return;
    waiting.left -= 1;
    if (waiting.left === 0) waiting.settle();
  }
}
