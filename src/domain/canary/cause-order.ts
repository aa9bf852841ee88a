import type { MetricVerdict } from "./verdict.ts";

/**
 * Where a metric stands between the cause of a regression and what is felt of it in the end. `failures`: requests that
 * are not answered as they should be. `memory`: what is held. `work`: what each request costs. `time`: how long it
 * takes. `result`: anything that follows from these, such as business metrics.
 */
export type ChainPlace = "failures" | "memory" | "work" | "time" | "result";

/** A metric that fails, with its place; null for crashes, which come before everything. */
export interface PlacedFailure {
  readonly place: ChainPlace | null;
  readonly metric: Pick<MetricVerdict, "unit" | "baseline" | "canary">;
}

const FROM_CAUSE_TO_CONSEQUENCE: readonly (ChainPlace | null)[] = [
  null,
  "failures",
  "memory",
  "work",
  "time",
  "result",
];
/**
 * Work that is less of a delay than this is not what takes the time. Requests wait for the work of others, too, and the
 * delay may be that of the slowest, so it need not be much.
 */
const EXPLAINED_MIN = 0.1;

/**
 * Of several failing metrics the one with the lowest rank is named as what is wrong. What leaks is collected more often,
 * which is work, and work takes time: whoever is told of the time looks in the wrong place. But work of a millisecond
 * is not why requests wait for a second, so such work comes after the time.
 */
export function causeRank({ place, metric }: PlacedFailure, all: readonly PlacedFailure[]): number {
  const isBesides =
    place === "work" && all.some((other) => other.place === "time" && !explains(metric, other.metric));
  const rank = FROM_CAUSE_TO_CONSEQUENCE.indexOf(place);
  return isBesides ? FROM_CAUSE_TO_CONSEQUENCE.indexOf("time") + 0.5 : rank;
}

/** Only what is measured in one unit can be too little to explain. */
function explains(work: PlacedFailure["metric"], time: PlacedFailure["metric"]): boolean {
  if (work.unit !== time.unit) return true;
  const [more, longer] = [riseOf(work), riseOf(time)];
  return more === null || longer === null || more >= longer * EXPLAINED_MIN;
}

function riseOf({ baseline, canary }: PlacedFailure["metric"]): number | null {
  return baseline === null || canary === null ? null : canary - baseline;
}
