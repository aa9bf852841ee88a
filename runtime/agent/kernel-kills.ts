import { readFileSync } from "node:fs";

const COUNTER = /^oom_kill (\d+)$/m;
// A process is known to be gone soon after the kernel has ended it.
const RECENT_MS = 2000;

/** Whether the kernel has ended processes of this machine for lack of memory. Has to look now and then. */
export class KernelKills {
  readonly #read: () => number | null;
  #count: number | null;
  #risenAtMs = -Infinity;

  constructor(read: () => number | null = readKernelKills) {
    this.#read = read;
    this.#count = read();
  }

  look(nowMs: number): void {
    const before = this.#count;
    this.#count = this.#read();
    if (before !== null && this.#count !== null && this.#count > before) this.#risenAtMs = nowMs;
  }

  /** Never where the system does not tell. */
  wereRecent(nowMs: number): boolean {
    this.look(nowMs);
    return nowMs - this.#risenAtMs < RECENT_MS;
  }
}

function readKernelKills(): number | null {
  try {
    const count = COUNTER.exec(readFileSync("/proc/vmstat", "utf8"))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}
