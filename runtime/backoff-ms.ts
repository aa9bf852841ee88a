const FIRST_MS = 500;
const LAST_MS = 30_000;

/**
 * How long to wait before try number `attempt` (from 1), in milliseconds: doubling from 0.5 s to 30 s, of which
 * the upper half is jitter. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random);
}
