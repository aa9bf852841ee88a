import type { Run } from "#domain/canary/run.ts";
import type { ReleaseWrite } from "./release-writes.ts";
import type { RolloutMemory } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import type { Stop } from "./stops.ts";

/** While a wave is under way it is looked at again at least this often, milliseconds; reports usually wake it earlier. */
export const recheckMs = 2_000;
/** A rollout that a person or a freeze stopped is looked at this often for its health alone, milliseconds. */
export const stoppedRecheckMs = 10_000;

/** What a wave does next. */
export interface WaveMove {
  readonly phase: RolloutPhase;
  readonly writes: readonly ReleaseWrite[];
  readonly memory: Partial<RolloutMemory>;
  readonly requeueAfterMs: number | null;
  /** The canary run that the first wave waits for. */
  readonly canary?: Run;
}

/** A move that only waits. */
export function still(phase: RolloutPhase, requeueAfterMs: number | null): WaveMove {
  return { phase, writes: [], memory: {}, requeueAfterMs };
}

/** A wave that a freeze keeps from moving. */
export function frozen({ freeze, reason, by, untilMs }: Stop, wave: number, nowMs: number): WaveMove {
  const leftMs = untilMs === null ? stoppedRecheckMs : untilMs - nowMs;
  return still({ kind: "frozen", wave, freeze, reason, by, untilMs }, Math.min(stoppedRecheckMs, leftMs));
}
