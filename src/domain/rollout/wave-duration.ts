import type { RolloutPolicy } from "../manifest/script-manifest.ts";
import { batchCount } from "./batches.ts";
import type { Pace } from "./pace.ts";

/** What a batch of nodes takes to fetch, verify, warm up and attest a revision, where nothing is known yet. */
const batchMsDefault = { expected: 4_000, promised: 7_500 } as const;
const nodesDefault = 2;
/** Steps of a wave besides its batches. */
const promotions = 1;
/** A promise allows for the slowest batches seen and some more, the more the fewer were seen, and for a third less traffic than now. */
const promisedBatchFactor = (seen: number): number => 1.15 + 0.5 / seen;
const promisedRequestsFactor = 1.5;

export interface WaveLength {
  /** Until all nodes attest the revision, milliseconds. */
  readonly shiftMs: number;
  /** From then on until it is promoted. */
  readonly bakeMs: number;
}

/** How long a wave takes: as expected, or as it can be promised. Its regions go at the same time. */
export function waveLength(
  rollout: RolloutPolicy,
  regions: readonly string[],
  nodesPerRegion: Readonly<Record<string, number>>,
  pace: Pace,
  care: "expected" | "promised",
): WaveLength {
  const shifts = regions.map((region) => {
    const batches = batchCount(nodesPerRegion[region] ?? nodesDefault);
    const own = pace.batchMs[region] ?? [];
    if (own.length > 0) return batches * batchLength(own, care);
    return Math.max(
      batches * batchMsDefault[care],
      asOthersMs(batches, pace.othersBatchMs[region] ?? [], care),
    );
  });
  return { shiftMs: Math.max(0, ...shifts), bakeMs: bakeLength(rollout, regions, pace, care) };
}

function batchLength(seen: readonly number[], care: "expected" | "promised"): number {
  return care === "expected" ? mean(seen) : Math.max(...seen) * promisedBatchFactor(seen.length);
}

/**
 * As long as other scripts' batches took, when that is longer than is assumed: many scripts come at once, and the
 * promotion of each waits for its turn as each batch does. 0 otherwise.
 */
function asOthersMs(batches: number, seen: readonly number[], care: "expected" | "promised"): number {
  if (seen.length === 0 || mean(seen) <= batchMsDefault[care]) return 0;
  return (care === "expected" ? batches : batches + promotions) * batchLength(seen, care);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The shortest bake, or as long as the requests take that it wants; without known traffic the longest is promised. */
function bakeLength(
  { bake }: RolloutPolicy,
  regions: readonly string[],
  pace: Pace,
  care: "expected" | "promised",
): number {
  if (bake.minRequests === 0) return bake.minMs;
  const perSecond = regions.reduce((sum, region) => sum + (pace.requestsPerSecond[region] ?? 0), 0);
  if (perSecond === 0) return care === "expected" ? bake.minMs : bake.maxMs;
  const factor = care === "expected" ? 1 : promisedRequestsFactor;
  const neededMs = (1_000 * factor * bake.minRequests) / perSecond;
  return Math.min(bake.maxMs, Math.max(bake.minMs, neededMs));
}
