import { isDeepStrictEqual } from "node:util";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { MetricWindow, NodeReport, SeriesReport } from "#schemas/types.ts";

/** What a report says about canary runs that the one before did not, by run. */
export function reportedMeasurements(
  before: NodeReport | null,
  report: NodeReport,
): Map<string, Measurement[]> {
  const found = new Map<string, Measurement[]>();
  for (const series of report.metrics ?? []) {
    const { role, runId } = series;
    if (runId === undefined || (role !== "canary" && role !== "baseline")) continue;
    const known = windowsBefore(before, series);
    const measurements = series.windows
      .filter((window) => !isDeepStrictEqual(known.get(window.startedAt), window))
      .map((window) => measurementOf(report, role, window));
    found.set(runId, [...(found.get(runId) ?? []), ...measurements]);
  }
  return found;
}

function windowsBefore(before: NodeReport | null, series: SeriesReport): Map<string, MetricWindow> {
  const same = before?.metrics?.find(
    ({ role, runId, digest }) => role === series.role && runId === series.runId && digest === series.digest,
  );
  return new Map((same?.windows ?? []).map((window) => [window.startedAt, window]));
}

function measurementOf(
  { node, region }: NodeReport,
  role: Measurement["role"],
  { startedAt, ...counts }: MetricWindow,
): Measurement {
  return { role, node, region, startMs: Date.parse(startedAt), counts };
}
