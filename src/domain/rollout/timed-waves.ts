import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "../manifest/script-manifest.ts";
import { batchCount } from "./batches.ts";
import type { Pace } from "./pace.ts";
import { waveLength } from "./wave-duration.ts";
import { firstOpen, type TimedWave } from "./wave-schedule.ts";
import { intersection, openIntervals } from "./windows.ts";

const DAY_MS = 86_400_000;
/** What one batch of nodes is given to fetch, verify, warm up and attest a revision. */
const BATCH_MS = 10_000;
const NODES_DEFAULT = 2;
/** Windows come again each week; one that a change of clocks swallowed, which is rare, comes a week later. */
const WAIT_MS = 8 * DAY_MS;

export interface TimingInput {
  readonly rollout: RolloutPolicy;
  readonly fleet: Pick<FleetManifest, "regions">;
  readonly waves: readonly (readonly string[])[];
  /** Starts from here on, for `lookaheadMs`, can be scheduled. */
  readonly fromMs: number;
  readonly lookaheadMs: number;
  /** Two in a region that is not named. */
  readonly nodesPerRegion?: Readonly<Record<string, number>> | undefined;
  /** Without it, every wave has its longest bake. */
  readonly pace?: Pace | undefined;
  readonly care?: "expected" | "promised" | undefined;
  /** What the first wave gives to its canary on top; nothing when left out. */
  readonly canaryMs?: number | undefined;
}

/** Each wave with how long it takes and when it may start, over a time in which the whole rollout must fit. */
export function timedWaves(input: TimingInput): TimedWave[] {
  const { rollout } = input;
  const { nodesPerRegion = {}, pace, care = "promised", canaryMs = 0 } = input;
  const durations = input.waves.map((wave, index) => {
    const triedMs = index === 0 ? canaryMs : 0;
    if (pace) {
      const { shiftMs, bakeMs } = waveLength(rollout, wave, nodesPerRegion, pace, care);
      return triedMs + shiftMs + bakeMs;
    }
    const batches = wave.map((region) => batchCount(nodesPerRegion[region] ?? NODES_DEFAULT));
    return triedMs + Math.max(0, ...batches) * BATCH_MS + rollout.bake.maxMs;
  });
  // No wave starts before the ones ahead of it have had their time, nor after the last rollout that is looked at gets to it.
  let { fromMs } = input;
  let latestMs = fromMs + input.lookaheadMs;
  let toMs = latestMs + WAIT_MS;
  return input.waves.map((regions, index) => {
    toMs += WAIT_MS;
    const hours = input.fleet.regions.filter((region) => regions.includes(region.name));
    const openUntil = (untilMs: number) =>
      intersection(hours.map((region) => openIntervals(region, fromMs, untilMs, rollout.windows ?? [])));
    let open = openUntil(Math.min(toMs, latestMs + WAIT_MS));
    let lastStartMs = firstOpen(open, latestMs);
    if (lastStartMs === null) {
      open = openUntil(toMs);
      lastStartMs = firstOpen(open, latestMs) ?? toMs;
    }
    const durationMs = durations[index] ?? 0;
    fromMs += durationMs;
    latestMs = lastStartMs + durationMs;
    toMs += durationMs;
    return { regions, durationMs, open };
  });
}
