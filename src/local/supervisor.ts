import { SupervisedPart, type Part, type PartEvent } from "./supervised-part.ts";
import type { Home } from "./home.ts";

/** Parts that end together, and how long they may take at most. */
export interface StopStage {
  readonly names: readonly string[];
  readonly patienceMs: number;
}

/** Runs the platform's processes as siblings of one another, so that each can die and come back alone. */
export class Supervisor {
  readonly #home: Home;
  readonly #onEvent: (name: string, event: PartEvent) => void;
  readonly #parts = new Map<string, SupervisedPart>();
  #stopping = false;

  constructor(home: Home, onEvent: (name: string, event: PartEvent) => void) {
    this.#home = home;
    this.#onEvent = onEvent;
  }

  /** Resolves when the part is up for the first time; rejects with the reason and its last lines when it cannot be. */
  async start(part: Part): Promise<void> {
    if (this.#stopping) throw new Error("the platform is stopping");
    const supervised = new SupervisedPart(part, this.#home, (event) => {
      if (!this.#stopping) this.#onEvent(part.name, event);
    });
    this.#parts.set(part.name, supervised);
    await supervised.start();
  }

  /** Ends everything within `withinMs`, one stage after the other; parts in no stage end last. */
  async stop(stages: readonly StopStage[], withinMs: number): Promise<void> {
    this.#stopping = true;
    const endsAtMs = Date.now() + withinMs;
    const named = new Set(stages.flatMap(({ names }) => names));
    const others = [...this.#parts.keys()].filter((name) => !named.has(name));
    for (const { names, patienceMs } of [...stages, { names: others, patienceMs: withinMs }]) {
      const leftMs = Math.max(0, endsAtMs - Date.now());
      const parts = names.flatMap((name) => this.#parts.get(name) ?? []);
      await Promise.all(parts.map(async (part) => await part.stop(Math.min(patienceMs, leftMs))));
    }
  }
}
