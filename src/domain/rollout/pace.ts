import { batchCount } from "./batches.ts";
import type { NodeView } from "./attestation.ts";
import type { RegionProgress } from "./region-progress.ts";

/** How fast things go, as far as that is known. */
export interface Pace {
  /** What a batch of a region's nodes took in earlier rollouts, milliseconds. */
  readonly batchMs: Readonly<Record<string, readonly number[]>>;
  /** The same of other scripts' latest rollouts, for regions of which the script's own tell nothing. */
  readonly othersBatchMs: Readonly<Record<string, readonly number[]>>;
  /** What a region's nodes answer of the script now, requests a second. */
  readonly requestsPerSecond: Readonly<Record<string, number>>;
}

/** A rollout that has ended, or got so far. */
export interface EarlierRollout {
  readonly state: {
    readonly regions: readonly RegionProgress[];
    readonly waveStartedAtMs?: Readonly<Record<number, number>>;
  };
  /** When the bake of each wave (from 1) began. */
  readonly bakeStartedAtMs: Readonly<Record<number, number>>;
}

const observationsMax = 6;
/** A batch that took longer met an outage, or a clock that was set: it tells nothing about the next, which it would have refused for ever. Milliseconds. */
const batchMsMax = 120_000;

/** What earlier rollouts of the script, the latest of others (both newest first), and the nodes' reports tell about the pace of the next. */
export function paceOf(
  earlier: readonly EarlierRollout[],
  nodes: readonly NodeView[],
  others: readonly EarlierRollout[],
): Pace {
  const requestsPerSecond: Record<string, number> = {};
  for (const { region, instances } of nodes) {
    const rate = instances.reduce((sum, instance) => sum + (instance.perSecond ?? 0), 0);
    requestsPerSecond[region] = (requestsPerSecond[region] ?? 0) + rate;
  }
  return { batchMs: batchesOf(earlier), othersBatchMs: batchesOf(others), requestsPerSecond };
}

/** What a batch took in each region, newest first; nothing of a region in which none ended. */
function batchesOf(rollouts: readonly EarlierRollout[]): Record<string, number[]> {
  const batchMs: Record<string, number[]> = {};
  for (const { state, bakeStartedAtMs } of rollouts) {
    for (const [wave, bakeMs] of Object.entries(bakeStartedAtMs)) {
      const startedMs = state.waveStartedAtMs?.[Number(wave)];
      const regions = state.regions.filter((region) => region.wave === Number(wave));
      if (startedMs === undefined || bakeMs < startedMs) continue;
      const batches = Math.max(1, ...regions.map((region) => batchCount(region.nodesTotal)));
      const tookMs = (bakeMs - startedMs) / batches;
      if (tookMs > batchMsMax) continue;
      for (const { region } of regions) {
        const known = (batchMs[region] ??= []);
        if (known.length < observationsMax) known.push(tookMs);
      }
    }
  }
  return batchMs;
}
