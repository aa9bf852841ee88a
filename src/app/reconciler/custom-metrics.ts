import { type CustomSeries, sideQuery } from "#domain/canary/custom-series.ts";
import type { Sides } from "#domain/canary/observations.ts";
import type { Run } from "#domain/canary/run.ts";
import type { ReconcilerContext } from "./context.ts";

/**
 * The metrics that the manifest asks Prometheus for, window by window. One whose source is dead or not configured is
 * left out, so that the judge knows nothing of it: no evidence, and never a pass.
 */
export async function customMetrics(
  { metricSource, clock }: ReconcilerContext,
  { phase, policy }: Run,
): Promise<CustomSeries> {
  const found = new Map<string, Sides<ReadonlyMap<number, number>>>();
  if (phase.kind !== "running" || metricSource === null) return found;
  const { windowMs, expiresAtMs } = phase.course;
  const { sinceMs } = phase.serving;
  const endMs = Math.min(clock.now(), expiresAtMs);
  if (endMs < sinceMs + windowMs) return found;
  for (const { name, query } of policy.metrics ?? []) {
    if (query === undefined) continue;
    // The value at the end of a window is about that window.
    const range = { startMs: sinceMs + windowMs, endMs, stepMs: windowMs };
    const canary = await metricSource.range(sideQuery(query, "canary"), range);
    const baseline = await metricSource.range(sideQuery(query, "baseline"), range);
    if (canary === null || baseline === null) continue;
    found.set(name, { canary: byStart(canary, windowMs), baseline: byStart(baseline, windowMs) });
  }
  return found;
}

function byStart(values: ReadonlyMap<number, number>, windowMs: number): Map<number, number> {
  return new Map([...values].map(([atMs, value]) => [atMs - windowMs, value]));
}
