const LOOK_BACK_MS = 1000;

/** How much a process has grown of late. */
export class MemoryGrowth {
  #looks: readonly { readonly atMs: number; readonly mb: number }[] = [];

  look(mb: number, nowMs: number): void {
    this.#looks = [...this.#looks.filter(({ atMs }) => nowMs - atMs <= LOOK_BACK_MS), { atMs: nowMs, mb }];
  }

  /** From the least of the second before the last look to that look, MiB; 0 when nobody looked. */
  get mb(): number {
    const last = this.#looks.at(-1);
    return last === undefined ? 0 : last.mb - Math.min(...this.#looks.map(({ mb }) => mb));
  }
}
