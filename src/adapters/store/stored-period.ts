import type { EventCount, Histogram } from "#domain/canary/observations.ts";
import type { CellObservation, ExperimentPeriod } from "#domain/experiment/experiment-period.ts";

type ByCell<T> = Readonly<Record<string, T>>;

type StoredObservation =
  | { readonly kind: "events"; readonly cells: ByCell<EventCount> }
  | { readonly kind: "distribution"; readonly cells: ByCell<Histogram> }
  | { readonly kind: "gauge"; readonly cells: ByCell<number> };

/** A period as JSON. */
export interface StoredPeriod {
  readonly requests: ByCell<number>;
  readonly metrics: Readonly<Record<string, StoredObservation>>;
}

export function storedPeriod({ requests, metrics }: ExperimentPeriod): StoredPeriod {
  return {
    requests: Object.fromEntries(requests),
    metrics: Object.fromEntries([...metrics].map(([name, observation]) => [name, stored(observation)])),
  };
}

export function periodOf(startMs: number, { requests, metrics }: StoredPeriod): ExperimentPeriod {
  const observed = Object.entries(metrics).map(([name, observation]) => [name, read(observation)] as const);
  return { startMs, requests: new Map(Object.entries(requests)), metrics: new Map(observed) };
}

function stored(observation: CellObservation): StoredObservation {
  switch (observation.kind) {
    case "events":
      return { kind: "events", cells: Object.fromEntries(observation.cells) };
    case "distribution":
      return { kind: "distribution", cells: Object.fromEntries(observation.cells) };
    case "gauge":
      return { kind: "gauge", cells: Object.fromEntries(observation.cells) };
    default:
      return observation satisfies never;
  }
}

function read(observation: StoredObservation): CellObservation {
  switch (observation.kind) {
    case "events":
      return { kind: "events", cells: new Map(Object.entries(observation.cells)) };
    case "distribution":
      return { kind: "distribution", cells: new Map(Object.entries(observation.cells)) };
    case "gauge":
      return { kind: "gauge", cells: new Map(Object.entries(observation.cells)) };
    default:
      return observation satisfies never;
  }
}
