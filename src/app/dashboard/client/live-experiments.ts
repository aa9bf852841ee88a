import type { ExperimentSummary, ExperimentView } from "#app/api/experiment-view.ts";
import { createLiveView, type LiveView } from "./live-view.ts";

export interface ExperimentList {
  readonly experiments: readonly ExperimentSummary[];
}

export type LiveExperiment = LiveView<ExperimentView>;
export type LiveExperiments = LiveView<ExperimentList>;

/** Follows one experiment; one that is over may begin anew. */
export function createLiveExperiment(name: string): LiveExperiment {
  return createLiveView<ExperimentView>({
    address: `/api/experiments/${encodeURIComponent(name)}`,
    isView: (body): body is ExperimentView => "cells" in body && "headline" in body,
    missing: `There is no experiment ${name}`,
    isOver: () => false,
  });
}

/** Follows the list of all. */
export function createLiveExperiments(): LiveExperiments {
  return createLiveView<ExperimentList>({
    address: "/api/experiments",
    isView: (body): body is ExperimentList => "experiments" in body,
    missing: "There are no experiments here",
    isOver: () => false,
  });
}
