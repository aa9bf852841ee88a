/** What GitHub asks of those who write by its API. Source: docs.github.com, "Rate limits" and "Best practices", REST API. */
export interface WritePace {
  readonly gapMs: number;
  readonly perMinuteMax: number;
  readonly perHourMax: number;
}

export const GITHUB_PACE: WritePace = { gapMs: 1_000, perMinuteMax: 80, perHourMax: 500 };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Two clocks never count quite the same, and what was sent in time may arrive late. */
const MARGIN_MS = 2_000;

/** When the next write may go out (epoch milliseconds, never before `nowMs`), after those at `writesMs`, oldest first. */
export function nextWriteAtMs(writesMs: readonly number[], nowMs: number, pace: WritePace): number {
  const last = writesMs.at(-1);
  return Math.max(
    nowMs,
    last === undefined ? nowMs : last + pace.gapMs,
    roomAtMs(writesMs, MINUTE_MS, pace.perMinuteMax),
    roomAtMs(writesMs, HOUR_MS, pace.perHourMax),
  );
}

/** The writes that a later one can still be held against. */
export function recentWrites(writesMs: readonly number[], nowMs: number): number[] {
  return writesMs.filter((atMs) => atMs > nowMs - HOUR_MS - MARGIN_MS);
}

/** When fewer than `max` writes lie in the window that ends there. */
function roomAtMs(writesMs: readonly number[], windowMs: number, max: number): number {
  const earliest = writesMs.at(-max);
  return earliest === undefined ? Number.NEGATIVE_INFINITY : earliest + windowMs + MARGIN_MS;
}
