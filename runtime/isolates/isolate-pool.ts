import { makeBlankIsolate, touchUsualParts, type BlankIsolate, type SandboxCode } from "./blank-isolate.ts";

// A memory limit is fixed when an isolate is made, so each limit has blanks of its own; scripts use few different ones.
const CLASSES_MAX = 4;

export interface IsolatePoolDeps {
  readonly code: SandboxCode;
  /** Blanks kept of each memory limit. 0 keeps none. */
  readonly blanksPerClass: number;
  /** Milliseconds without a take before blanks are made again. */
  readonly refillAfterMs: number;
}

interface BlankClass {
  readonly memoryMb: number;
  readonly blanks: BlankIsolate[];
}

/**
 * Blank isolates made ahead, so that a script that starts does not wait for one. They are made one at a time, and only
 * when nobody has taken any for a moment: making one holds the thread for a millisecond.
 */
export class IsolatePool {
  readonly #deps: IsolatePoolDeps;
  /** The class taken from last comes last; the first one makes way. */
  #classes: BlankClass[] = [];
  #refill: NodeJS.Timeout | null = null;
  #isDisposed = false;

  constructor(deps: IsolatePoolDeps) {
    this.#deps = deps;
  }

  /** How many blanks are ready for this limit. */
  blanks(memoryMb: number): number {
    return this.#classes.find((each) => each.memoryMb === memoryMb)?.blanks.length ?? 0;
  }

  /** Asks for blanks of this limit before the first is needed. */
  prepare(memoryMb: number): void {
    this.#touch(memoryMb);
    this.#scheduleRefill();
  }

  /** A blank isolate of exactly this limit; a fresh one when none is ready. It then belongs to the caller. */
  async take(memoryMb: number): Promise<BlankIsolate> {
    const { blanks } = this.#touch(memoryMb);
    this.#scheduleRefill();
    for (;;) {
      const blank = blanks.shift();
      if (blank === undefined) return makeBlankIsolate(this.#deps.code, memoryMb);
      if (!blank.isolate.isDisposed) return blank;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    if (this.#refill !== null) clearTimeout(this.#refill);
    for (const each of this.#classes) drop(each);
    this.#classes = [];
  }

  #touch(memoryMb: number): BlankClass {
    const found = this.#classes.find((each) => each.memoryMb === memoryMb) ?? { memoryMb, blanks: [] };
    this.#classes = [...this.#classes.filter((each) => each !== found), found];
    while (this.#classes.length > CLASSES_MAX) {
      const oldest = this.#classes.shift();
      if (oldest !== undefined) drop(oldest);
    }
    return found;
  }

  #scheduleRefill(): void {
    if (this.#isDisposed) return;
    if (this.#refill !== null) clearTimeout(this.#refill);
    this.#refill = setTimeout(() => {
      void this.#refillOne();
    }, this.#deps.refillAfterMs);
    this.#refill.unref();
  }

  async #refillOne(): Promise<void> {
    this.#refill = null;
    // The limit taken from last is the likeliest to be asked for next.
    const short = this.#classes.findLast(({ blanks }) => blanks.length < this.#deps.blanksPerClass);
    if (short === undefined) return;
    const blank = await this.#makeAhead(short.memoryMb).catch(() => null);
    // Too little memory for a blank is no news: the script that needs one will say so.
    if (blank === null) return;
    if (this.#isDisposed || !this.#classes.includes(short)) blank.isolate.dispose();
    else short.blanks.push(blank);
    if (this.#refill === null) this.#scheduleRefill();
  }

  async #makeAhead(memoryMb: number): Promise<BlankIsolate> {
    const blank = await makeBlankIsolate(this.#deps.code, memoryMb);
    await touchUsualParts(blank);
    return blank;
  }
}

function drop({ blanks }: BlankClass): void {
  for (const { isolate } of blanks.splice(0)) if (!isolate.isDisposed) isolate.dispose();
}
