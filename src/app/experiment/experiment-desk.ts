import type { ChangeOutcome } from "#app/operations/commit-on-newest.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import { changeExperiment, type ExperimentOrder } from "./change-experiment.ts";

/** What people may ask of experiments. Failures of GitHub throw `CodeHostError`. */
export interface ExperimentDesk {
  /** Null before it was looked at. */
  state(name: string): Promise<ExperimentState | null>;
  change(name: string, order: ExperimentOrder, by: string): Promise<ChangeOutcome>;
}

export function createExperimentDesk(context: ReconcilerContext): ExperimentDesk {
  return {
    state: (name) => context.experiments.find(name),
    change: (name, order, by) => changeExperiment(context, name, order, by),
  };
}
