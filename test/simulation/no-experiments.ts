import type { ExperimentRecords } from "#adapters/store/experiments.ts";

function unexpected(): never {
  throw new Error("there is no experiment here");
}

/** For a world in which nobody starts an experiment. */
export const noExperiments: ExperimentRecords = {
  find: unexpected,
  list: unexpected,
  save: unexpected,
  windows: unexpected,
  fold: unexpected,
  periods: unexpected,
};
