import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "../manifest/script-manifest.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import { rolloutWaves } from "./rollout-waves.ts";
import { timedWaves } from "./timed-waves.ts";
import { lengthMs, schedule, shortest } from "./wave-schedule.ts";

/** A policy's best case; `waitingMs` is what it waits for windows between its waves. */
export type ShortestRollout =
  | {
      readonly kind: "found";
      readonly plan: RolloutPlan;
      readonly lengthMs: number;
      readonly waitingMs: number;
    }
  /** This wave (counted from 0) never opens. */
  | { readonly kind: "neverOpen"; readonly wave: number; readonly regions: readonly string[] };

const SEARCH_MS = 14 * 86_400_000;

/**
 * The shortest rollout of all those that start in the next 14 days, measured from the start of its first wave, which
 * gives `canaryMs` to a canary.
 */
export function shortestRollout(
  rollout: RolloutPolicy,
  fleet: Pick<FleetManifest, "regions">,
  fromMs: number,
  canaryMs = 0,
): ShortestRollout {
  const waves = rolloutWaves(rollout, fleet);
  const timed = timedWaves({ rollout, fleet, waves, fromMs, lookaheadMs: SEARCH_MS, canaryMs });
  const plan = shortest(timed, fromMs, fromMs + SEARCH_MS);
  if (plan === null) {
    const wave = timed.findIndex((_, index) => schedule(timed.slice(0, index + 1), fromMs) === null);
    return { kind: "neverOpen", wave, regions: timed[wave]?.regions ?? [] };
  }
  const busyMs = timed.reduce((sum, wave) => sum + wave.durationMs, 0);
  return { kind: "found", plan, lengthMs: lengthMs(plan), waitingMs: lengthMs(plan) - busyMs };
}
