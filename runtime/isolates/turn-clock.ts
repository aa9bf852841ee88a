/** Up to here the clock on the wall stands for CPU: whoever has to wait for a core waits longer. */
const SHORT_US = 2000;

/**
 * Tells the CPU of turns by their times on the wall, and asks the dear clock of the thread only after long ones. `begin`
 * is to be called at the start of each tick.
 */
export class TurnClock {
  readonly #cpuUs: () => number;
  #knownCpuUs = 0;
  #knownAtMs = 0;

  /** `cpuUs`: CPU of this thread so far, microseconds. */
  constructor(cpuUs: () => number) {
    this.#cpuUs = cpuUs;
  }

  begin(nowMs: number): void {
    this.#knownCpuUs = this.#cpuUs();
    this.#knownAtMs = nowMs;
  }

  /** CPU of a turn that has just ended, microseconds. */
  turnUs(beganMs: number, endedMs: number): number {
    const wallUs = (endedMs - beganMs) * 1000;
    if (wallUs < SHORT_US) return wallUs;
    const cpuUs = this.#cpuUs();
    // What the thread did not get since it was last looked at went by in the one long turn.
    const waitedUs = (endedMs - this.#knownAtMs) * 1000 - (cpuUs - this.#knownCpuUs);
    this.#knownCpuUs = cpuUs;
    this.#knownAtMs = endedMs;
    return Math.min(wallUs, Math.max(0, wallUs - waitedUs));
  }
}
