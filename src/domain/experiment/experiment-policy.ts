import type { MetricPolicy } from "../canary/judge-policy.ts";

/** What an experiment is held against, with every default filled in. Times are epoch milliseconds. */
export interface ExperimentPolicy {
  /** Probability that any cell that is like the control is told apart from it, whatever the number of cells and looks. */
  readonly alpha: number;
  /** The first is the control, with which the others are compared. */
  readonly cells: readonly [ExperimentCell, ...ExperimentCell[]];
  /** What is to get better; its `harm` is the direction that is worse. Null where nothing is asked but safety. */
  readonly goal: MetricPolicy | null;
  /** What may not get worse. */
  readonly guardrails: readonly MetricPolicy[];
  readonly startedAtMs: number;
  readonly endsAtMs: number;
  readonly periodMs: number;
  /** A source without data for so long before the end is dead. */
  readonly staleAfterMs: number;
}

export interface ExperimentCell {
  readonly name: string;
  /** Percent of all requests. */
  readonly sharePct: number;
}
