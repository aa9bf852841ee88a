const FIRST_MS = 250;
const DELAY_MS_MAX = 10_000;

/** How long to wait before a part is started again, milliseconds. `failuresInARow` counts from 1. */
export function restartDelayMs(failuresInARow: number): number {
  return Math.min(DELAY_MS_MAX, FIRST_MS * 2 ** Math.max(0, failuresInARow - 1));
}
