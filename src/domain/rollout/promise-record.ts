import type { RolloutPhase } from "./rollout-phase.ts";

/** How promises were kept. */
export interface PromiseRecord {
  /** Rollouts that are everywhere. */
  readonly completed: number;
  /** Of these, by the promised time. */
  readonly onTime: number;
  /** The same in percent, to a tenth; null when none has completed. */
  readonly onTimePct: number | null;
}

/** A rollout against its promise; times are epoch milliseconds. */
export interface PromisedRollout {
  readonly phase: RolloutPhase;
  readonly promisedByMs: number;
  readonly endedAtMs: number | null;
}

/** Whether it was everywhere by the promised time; null for one that has not, or never will have, completed. */
export function wasOnTime({ phase, promisedByMs, endedAtMs }: PromisedRollout): boolean | null {
  return endedAtMs === null || phase.kind !== "completed" ? null : endedAtMs <= promisedByMs;
}

export function promiseRecord(rollouts: readonly PromisedRollout[]): PromiseRecord {
  const verdicts = rollouts.map(wasOnTime).filter((verdict) => verdict !== null);
  const completed = verdicts.length;
  const onTime = verdicts.filter(Boolean).length;
  return {
    completed,
    onTime,
    onTimePct: completed === 0 ? null : Math.round((1_000 * onTime) / completed) / 10,
  };
}
