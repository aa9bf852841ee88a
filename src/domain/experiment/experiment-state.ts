import type { Experiment } from "#schemas/types.ts";
import type { ExperimentVerdict } from "./judge-experiment.ts";

export type ExperimentEnd = NonNullable<Experiment["ended"]>;

/** Where an experiment is. Times are epoch milliseconds. */
export type ExperimentPhase =
  | { readonly kind: "waiting"; readonly untilMs: number }
  /** It would begin, but for this. */
  | { readonly kind: "blocked"; readonly reason: string }
  | {
      readonly kind: "running";
      readonly sinceMs: number;
      readonly expiresAtMs: number;
      readonly periodMs: number;
    }
  | { readonly kind: "ended"; readonly end: ExperimentEnd }
  /** Its file is gone from the fleet repository. */
  | { readonly kind: "removed"; readonly atMs: number };

/** What is kept of an experiment beside its file. */
export interface ExperimentState {
  readonly phase: ExperimentPhase;
  /** Of the last look of this course; null before it. */
  readonly verdict: ExperimentVerdict | null;
  /** Requests of this course so far, by cell. */
  readonly requests: Readonly<Record<string, number>>;
  /** The pull request that brings the promoted cell to the script's branch; null before there is one. */
  readonly pull: number | null;
}
