import type { EventCount, Histogram, MetricObservation } from "../canary/observations.ts";

/** One metric in one period, cell by cell. */
export type CellObservation =
  | { readonly kind: "events"; readonly cells: ReadonlyMap<string, EventCount> }
  | { readonly kind: "distribution"; readonly cells: ReadonlyMap<string, Histogram> }
  | { readonly kind: "gauge"; readonly cells: ReadonlyMap<string, number> };

/** One period of an experiment, of all nodes together. */
export interface ExperimentPeriod {
  readonly startMs: number;
  /** By cell. */
  readonly requests: ReadonlyMap<string, number>;
  /** By the metric's name. */
  readonly metrics: ReadonlyMap<string, CellObservation>;
}

const nothing: EventCount = { events: 0, of: 0 };
const noValues: Histogram = { values: [], counts: [] };

/** A cell against the control, as a canary is compared with its baseline. */
export function pairOf(observation: CellObservation, cell: string, control: string): MetricObservation {
  switch (observation.kind) {
    case "events": {
      const { cells } = observation;
      return {
        kind: "events",
        sides: { canary: cells.get(cell) ?? nothing, baseline: cells.get(control) ?? nothing },
      };
    }
    case "distribution": {
      const { cells } = observation;
      return {
        kind: "distribution",
        sides: { canary: cells.get(cell) ?? noValues, baseline: cells.get(control) ?? noValues },
      };
    }
    case "gauge": {
      const { cells } = observation;
      return {
        kind: "gauge",
        sides: { canary: cells.get(cell) ?? null, baseline: cells.get(control) ?? null },
      };
    }
    default:
      return observation satisfies never;
  }
}
