import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { WorldFacts } from "./invariants/world-facts.ts";

/** After something went wrong, its traces (delayed messages, limits, silent nodes) may slow a rollout for so long. */
const lingersMs = 90_000;

interface Followed {
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  /** When each wave began, and when the rollout was then expected to end. */
  readonly expectations: { readonly atMs: number; readonly expectedByMs: number }[];
  lastWave: number;
  isFreeOfFaults: boolean;
}

/** A rollout that met no fault, no freeze and no newer merge, from start to end. */
export interface TimedRollout {
  readonly promisedMs: number;
  readonly actualMs: number;
  /** |expected - actual| over what was left, at each wave's start. */
  readonly etaErrors: readonly number[];
}

/** Promise against truth, for rollouts that nothing got in the way of. */
export class Timings {
  readonly timed: TimedRollout[] = [];
  readonly #followed = new Map<string, Followed>();

  rolloutStored(rollout: RolloutRecord, nowMs: number, facts: WorldFacts): void {
    const { phase } = rollout.state;
    const followed = this.#followed.get(rollout.id) ?? this.#follow(rollout, nowMs, facts);
    const key = `${rollout.script}@${rollout.version}`;
    const isStopped = [...facts.stops.values()].some((stop) =>
      [...facts.regions.keys()].some((region) => stop.covers(key, region, rollout.digest)),
    );
    if (isStopped || facts.disturbedMs > followed.startedAtMs) followed.isFreeOfFaults = false;
    const wave = "wave" in phase ? phase.wave : 0;
    if (wave > followed.lastWave) {
      followed.lastWave = wave;
      followed.expectations.push({ atMs: nowMs, expectedByMs: rollout.state.expectedByMs });
    }
    if (rollout.completedAtMs === null) return;
    this.#followed.delete(rollout.id);
    if (phase.kind !== "completed" || !followed.isFreeOfFaults) return;
    this.timed.push({
      promisedMs: followed.promisedByMs - followed.startedAtMs,
      actualMs: nowMs - followed.startedAtMs,
      etaErrors: followed.expectations
        .filter(({ atMs }) => atMs < nowMs)
        .map(({ atMs, expectedByMs }) => Math.abs(expectedByMs - nowMs) / (nowMs - atMs)),
    });
  }

  #follow(rollout: RolloutRecord, nowMs: number, facts: WorldFacts): Followed {
    const followed: Followed = {
      startedAtMs: rollout.startedAtMs,
      promisedByMs: rollout.promisedByMs,
      expectations: [],
      lastWave: 0,
      isFreeOfFaults:
        Math.abs(rollout.startedAtMs - nowMs) < 5_000 && facts.disturbedMs + lingersMs < rollout.startedAtMs,
    };
    this.#followed.set(rollout.id, followed);
    return followed;
  }
}
