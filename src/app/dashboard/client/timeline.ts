import type { OverviewRollout } from "#app/api/overview.ts";

/** Places on a rollout's time line, in percent from its start. */
export interface Timeline {
  readonly nowPct: number;
  readonly expectedPct: number;
  readonly promisedPct: number;
}

/** The line runs from the start to the promise, or to whatever lies behind it. */
export function timelineOf(
  rollout: Pick<OverviewRollout, "startedAt" | "expectedBy" | "promisedBy">,
  nowMs: number,
): Timeline {
  const startMs = Date.parse(rollout.startedAt);
  const expectedMs = Date.parse(rollout.expectedBy);
  const promisedMs = Date.parse(rollout.promisedBy);
  const lengthMs = Math.max(1, expectedMs - startMs, promisedMs - startMs, nowMs - startMs);
  const place = (ms: number): number => Math.min(100, Math.max(0, (100 * (ms - startMs)) / lengthMs));
  return { nowPct: place(nowMs), expectedPct: place(expectedMs), promisedPct: place(promisedMs) };
}
