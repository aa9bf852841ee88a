import { isDeepStrictEqual } from "node:util";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { CellWindow } from "#domain/experiment/observe-cells.ts";
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
    const measurements = newWindows(before, series).map((window) => measurementOf(report, role, window));
    found.set(runId, [...(found.get(runId) ?? []), ...measurements]);
  }
  return found;
}

/** Likewise about the cells of experiments, by experiment. */
export function reportedCellWindows(
  before: NodeReport | null,
  report: NodeReport,
): Map<string, CellWindow[]> {
  const found = new Map<string, CellWindow[]>();
  for (const series of report.metrics ?? []) {
    const { role: cell, runId } = series;
    if (runId === undefined || cell === "canary" || cell === "baseline") continue;
    const windows = newWindows(before, series).map(({ startedAt, ...counts }): CellWindow => {
      return { cell, node: report.node, startMs: Date.parse(startedAt), counts };
    });
    found.set(runId, [...(found.get(runId) ?? []), ...windows]);
  }
  return found;
}

function newWindows(before: NodeReport | null, series: SeriesReport): MetricWindow[] {
  const known = windowsBefore(before, series);
  return series.windows.filter((window) => !isDeepStrictEqual(known.get(window.startedAt), window));
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
