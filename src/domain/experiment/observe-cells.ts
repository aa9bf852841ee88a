import { cpuMs, heapMb, sketchesOf } from "../canary/observe-periods.ts";
import type { WindowCounts } from "../canary/measurement.ts";
import { sketchHistogram } from "../canary/sketch-histogram.ts";
import type { CellObservation, ExperimentPeriod } from "./experiment-period.ts";

/** What one node counted for one cell in one window. */
export interface CellWindow {
  readonly cell: string;
  readonly node: string;
  /** By the node's clock, epoch milliseconds. */
  readonly startMs: number;
  readonly counts: WindowCounts;
}

/** Periods of a course: the first starts at `sinceMs`. */
interface Course {
  readonly sinceMs: number;
  readonly periodMs: number;
}

/** Windows by the start of the period they belong to; what was counted before the course is left out. */
export function byPeriod(
  windows: readonly CellWindow[],
  { sinceMs, periodMs }: Course,
): Map<number, CellWindow[]> {
  const found = new Map<number, CellWindow[]>();
  for (const window of windows) {
    const index = Math.floor((window.startMs - sinceMs) / periodMs);
    if (index < 0) continue;
    const startMs = sinceMs + index * periodMs;
    found.set(startMs, [...(found.get(startMs) ?? []), window]);
  }
  return found;
}

/** What all nodes together counted in one period, cell by cell. */
export function observeCells(startMs: number, windows: readonly CellWindow[]): ExperimentPeriod {
  const byCell = Map.groupBy(windows, ({ cell }) => cell);
  const each = <T>(make: (own: readonly CellWindow[]) => T | null): Map<string, T> =>
    new Map(
      [...byCell].flatMap(([cell, own]): [string, T][] => {
        const value = make(own);
        return value === null ? [] : [[cell, value]];
      }),
    );
  const requests = each((own) => sum(own, ({ requests: count }) => count));
  const events = (count: (counts: WindowCounts) => number): CellObservation => ({
    kind: "events",
    cells: each((own) => ({ events: sum(own, count), of: sum(own, ({ requests: of }) => of) })),
  });
  const metrics = new Map<string, CellObservation>([
    ["errors", events(({ errors }) => errors)],
    ["coldStarts", events(({ coldStarts, requests: of }) => Math.min(coldStarts, of))],
    [
      "latency",
      { kind: "distribution", cells: each((own) => sketchHistogram(sketchesOf(own, "latencyMs"))) },
    ],
    ["cpu", { kind: "gauge", cells: each(cpuMs) }],
    ["memory", { kind: "gauge", cells: each(heapMb) }],
  ]);
  return { startMs, requests, metrics };
}

/** The periods with one more metric, whose value was asked of elsewhere, by cell and period start. */
export function withGauge(
  periods: readonly ExperimentPeriod[],
  name: string,
  values: ReadonlyMap<string, ReadonlyMap<number, number>>,
): ExperimentPeriod[] {
  return periods.map((period) => {
    const cells = new Map<string, number>();
    for (const [cell, byStart] of values) {
      const value = byStart.get(period.startMs);
      if (value !== undefined) cells.set(cell, value);
    }
    return { ...period, metrics: new Map([...period.metrics, [name, { kind: "gauge", cells }]]) };
  });
}

function sum(own: readonly CellWindow[], count: (counts: WindowCounts) => number): number {
  return own.reduce((total, { counts }) => total + count(counts), 0);
}
