/** A rollout's timetable. Times are epoch milliseconds. */
export interface RolloutPlan {
  readonly waves: readonly PlannedWave[];
  /** The promise: when the last region serves the new revision at the latest. */
  readonly completesByMs: number;
}

export interface PlannedWave {
  readonly regions: readonly string[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}
