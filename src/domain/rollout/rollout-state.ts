import type { HealthSample } from "./health.ts";
import type { Revision } from "./rollout-input.ts";
import type { RegionProgress } from "./region-progress.ts";
import type { RolloutPhase } from "./rollout-phase.ts";

/** What is kept of a rollout's last decision, beside its identity and its promise. */
export interface RolloutState {
  readonly phase: RolloutPhase;
  readonly regions: readonly RegionProgress[];
  readonly waves: number;
  /** 0 to 100. */
  readonly percent: number;
  readonly expectedByMs: number;
  /** Some wave was promoted with too little data. */
  readonly unproven: boolean;
  /** What it is compared with, by region; absent in rows of older versions. */
  readonly baselines?: Readonly<Record<string, HealthSample>>;
  /** When each wave (from 1) began. */
  readonly waveStartedAtMs?: Readonly<Record<number, number>>;
  /** Nodes whose warm-up took too long, and since when. */
  readonly lateSinceMs?: Readonly<Record<string, number>>;
  /** What most regions served before it. */
  readonly previous?: Revision | null;
}
