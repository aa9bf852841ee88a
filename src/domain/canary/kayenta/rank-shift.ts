/**
 * How far the ranks of `experiment - shift` among both samples lie above what chance gives, in standard deviations: the
 * z of the Mann-Whitney U test with average ranks, tie and continuity correction. Both samples are in ascending order.
 * Null when all values are tied, so that there is no standard deviation.
 */
export function rankShiftZ(experiment: Float64Array, control: Float64Array, shift: number): number | null {
  const [m, n] = [experiment.length, control.length];
  const { rankSum: sum, ties } = rank(experiment, control, shift);
  const excess = sum - (m * (m + 1)) / 2 - (m * n) / 2;
  const deviation = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))));
  return deviation === 0 ? null : (excess - Math.sign(excess) * 0.5) / deviation;
}

/** Sum of the experiment's ranks among both samples, averaged over ties. Both are in ascending order. */
export function rankSum(experiment: Float64Array, control: Float64Array): number {
  return rank(experiment, control, 0).rankSum;
}

interface Ranking {
  /** Of the experiment's values, averaged over ties. */
  readonly rankSum: number;
  /** Sum of t^3 - t over groups of t tied values. */
  readonly ties: number;
}

/** By merging, since taking the same away from all leaves their order. */
function rank(experiment: Float64Array, control: Float64Array, shift: number): Ranking {
  let [atExperiment, atControl] = [0, 0];
  let [sum, ties] = [0, 0];
  while (atExperiment < experiment.length || atControl < control.length) {
    const value = Math.min((experiment[atExperiment] ?? Infinity) - shift, control[atControl] ?? Infinity);
    const before = atExperiment + atControl;
    const firstExperiment = atExperiment;
    while (atExperiment < experiment.length && (experiment[atExperiment] ?? 0) - shift === value)
      atExperiment += 1;
    while (atControl < control.length && control[atControl] === value) atControl += 1;
    const tied = atExperiment + atControl - before;
    sum += (atExperiment - firstExperiment) * (before + (tied + 1) / 2);
    ties += tied ** 3 - tied;
  }
  return { rankSum: sum, ties };
}
