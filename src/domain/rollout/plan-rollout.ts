import { formatDuration } from "../manifest/duration.ts";
import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "../manifest/script-manifest.ts";
import { earliestKept, schedule, type TimedWave } from "./wave-schedule.ts";
import type { Pace } from "./pace.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import { rolloutWaves } from "./rollout-waves.ts";
import { timedWaves } from "./timed-waves.ts";

export { rolloutWaves } from "./rollout-waves.ts";

/** How far ahead an earlier or better start is looked for. */
const SEARCH_MS = 14 * 86_400_000;

export interface RolloutPlanInput {
  readonly manifest: { readonly rollout: RolloutPolicy };
  readonly fleet: Pick<FleetManifest, "regions">;
  readonly startMs: number;
  /** Two in a region that is not named. */
  readonly nodesPerRegion?: Readonly<Record<string, number>>;
  /** What earlier rollouts and the traffic tell; without it, every wave has its longest bake. */
  readonly pace?: Pace;
  /** What the first wave gives to its canary before nodes take the revision, milliseconds; nothing when left out. */
  readonly canaryMs?: number;
  /** A promise is cautious; an expectation is not. */
  readonly care?: "expected" | "promised";
}

export type PlannedRollout =
  | { readonly ok: true; readonly plan: RolloutPlan }
  /** `earliestMs` is the first moment in the next 14 days from which the promise can be kept, where there is one. */
  | { readonly ok: false; readonly reason: string; readonly earliestMs?: number };

/**
 * The timetable of a rollout that may start at `startMs`. A wave starts as soon as the one before has ended and all of
 * its regions are in their windows; it lasts for its batches of nodes and the longest bake, so the end of the last
 * wave can be promised. Refused when a wave never opens, or when `completeWithin`, counted from the start of the
 * first wave, would not be met.
 */
export function planRollout(input: RolloutPlanInput): PlannedRollout {
  const { startMs } = input;
  const { rollout } = input.manifest;
  const waves = rolloutWaves(rollout, input.fleet);
  if (waves.length === 0) return { ok: false, reason: "None of its waves names a region of the fleet." };
  const { fleet, nodesPerRegion, pace, care, canaryMs } = input;
  const timed = timedWaves({
    rollout,
    fleet,
    waves,
    fromMs: startMs,
    lookaheadMs: SEARCH_MS,
    nodesPerRegion,
    pace,
    care,
    canaryMs,
  });
  const plan = schedule(timed, startMs);
  if (plan === null) return { ok: false, reason: neverOpen(timed, startMs) };
  const limitMs = rollout.completeWithinMs;
  const tookMs = plan.completesByMs - (plan.waves[0]?.startsAtMs ?? startMs);
  if (limitMs === null || tookMs <= limitMs) return { ok: true, plan };
  const reason = `It would take ${formatDuration(tookMs)} from its first wave, longer than its completeWithin of ${formatDuration(limitMs)}.`;
  const earliestMs = earliestKept(timed, startMs, startMs + SEARCH_MS, limitMs);
  return earliestMs === null ? { ok: false, reason } : { ok: false, reason, earliestMs };
}

function neverOpen(waves: readonly TimedWave[], startMs: number): string {
  const stuck = waves.findIndex((_, index) => schedule(waves.slice(0, index + 1), startMs) === null);
  const regions = waves[stuck]?.regions ?? [];
  const names = regions.join(" and ");
  return regions.length > 1
    ? `Wave ${stuck + 1} can never start: ${names} are never open at the same time.`
    : `Wave ${stuck + 1} can never start: ${names} is never open in the hours that the script allows.`;
}
