import type { PlannedWave, RolloutPlan } from "./rollout-plan.ts";
import type { Interval } from "./windows.ts";

export interface TimedWave {
  readonly regions: readonly string[];
  readonly durationMs: number;
  /** When all of its regions may start, merged and in order. */
  readonly open: readonly Interval[];
}

/** One wave after the other, each at its first opening; null when one has none. */
export function schedule(waves: readonly TimedWave[], startMs: number): RolloutPlan | null {
  const planned: PlannedWave[] = [];
  let atMs = startMs;
  for (const wave of waves) {
    const startsAtMs = firstOpen(wave.open, atMs);
    if (startsAtMs === null) return null;
    const endsAtMs = startsAtMs + wave.durationMs;
    planned.push({ regions: wave.regions, startsAtMs, endsAtMs });
    atMs = endsAtMs;
  }
  return { waves: planned, completesByMs: atMs };
}

/** The plan that takes the least time from its first wave's start, among the starts in [fromMs, toMs]; null when there is none. */
export function shortest(waves: readonly TimedWave[], fromMs: number, toMs: number): RolloutPlan | null {
  const waited = waiting(waves);
  let bestMs: number | null = null;
  let waitMaxMs = Infinity;
  for (const startMs of starts(waves, fromMs, toMs)) {
    const waitMs = waited(startMs, waitMaxMs);
    if (waitMs === null) continue;
    bestMs = startMs;
    if (waitMs === 0) break;
    waitMaxMs = waitMs - 1;
  }
  return bestMs === null ? null : schedule(waves, bestMs);
}

/** The first start in [fromMs, toMs] from which the rollout takes at most `limitMs`; null when there is none. */
export function earliestKept(
  waves: readonly TimedWave[],
  fromMs: number,
  toMs: number,
  limitMs: number,
): number | null {
  const waited = waiting(waves);
  const waitMaxMs = limitMs - waves.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const keptMs = starts(waves, fromMs, toMs).find((startMs) => waited(startMs, waitMaxMs) !== null);
  const plan = keptMs === undefined ? null : schedule(waves, keptMs);
  // The same ending may be reached from an earlier start: as early as the limit allows.
  return plan === null ? null : earliestWithEnd(waves, plan, fromMs, limitMs);
}

/**
 * Tells how long a rollout waits between its waves when it starts at a moment; null when that is more than a bound, or
 * when a wave has no opening. Is asked for later and later moments: no wave starts earlier when the first one starts
 * later, so openings that were passed once are not looked at again.
 */
function waiting(waves: readonly TimedWave[]): (startMs: number, waitMaxMs: number) => number | null {
  const passed = waves.map(() => 0);
  return (startMs, waitMaxMs) => {
    let atMs = startMs;
    let waitMs = 0;
    for (const [index, { open, durationMs }] of waves.entries()) {
      let next = passed[index] ?? 0;
      while ((open[next]?.endMs ?? Infinity) <= atMs) next += 1;
      passed[index] = next;
      const interval = open[next];
      if (interval === undefined) return null;
      const waitedMs = Math.max(0, interval.startMs - atMs);
      if (index > 0) waitMs += waitedMs;
      if (waitMs > waitMaxMs) return null;
      atMs += waitedMs + durationMs;
    }
    return waitMs;
  };
}

/** From the first wave's start to the last one's end. */
export function lengthMs(plan: RolloutPlan): number {
  return plan.completesByMs - (plan.waves[0]?.startsAtMs ?? plan.completesByMs);
}

/**
 * Every start that can be the best one, in order. Starting later only makes a rollout shorter while it waits
 * somewhere, until either the wait is gone (a wave ends just as the next one opens) or a wave before the wait misses
 * its own window. So it is enough to look at the moments that meet an opening or a closing exactly.
 */
function starts(waves: readonly TimedWave[], fromMs: number, toMs: number): number[] {
  const found = new Set<number>();
  let beforeMs = 0;
  for (const wave of waves) {
    for (const { startMs, endMs } of wave.open.slice(firstEndingAfter(wave.open, fromMs + beforeMs))) {
      if (startMs - beforeMs > toMs) break;
      found.add(startMs - beforeMs);
      found.add(endMs - 1 - beforeMs);
    }
    beforeMs += wave.durationMs;
  }
  const first = waves[0]?.open ?? [];
  const usable = [...found, fromMs].filter(
    (startMs) => startMs >= fromMs && startMs <= toMs && firstOpen(first, startMs) === startMs,
  );
  return usable.sort((a, b) => a - b);
}

function earliestWithEnd(
  waves: readonly TimedWave[],
  plan: RolloutPlan,
  fromMs: number,
  limitMs: number,
): number {
  const startMs = plan.waves[0]?.startsAtMs ?? plan.completesByMs;
  const earliestMs = Math.max(fromMs, plan.completesByMs - limitMs);
  const opening = firstOpen(waves[0]?.open ?? [], earliestMs);
  return opening === null || opening > startMs ? startMs : opening;
}

/** The first moment from `atMs` on that is open; null when there is none. */
export function firstOpen(open: readonly Interval[], atMs: number): number | null {
  const index = firstEndingAfter(open, atMs);
  const interval = open[index];
  return interval === undefined ? null : Math.max(interval.startMs, atMs);
}

function firstEndingAfter(open: readonly Interval[], atMs: number): number {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((open[middle]?.endMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
