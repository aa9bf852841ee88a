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
  const [m, n] = [experiment.length, control.length];
  let [atExperiment, atControl] = [0, 0];
  let [nextExperiment, nextControl] = [(experiment[0] ?? 0) - shift, control[0] ?? 0];
  let [sum, ties] = [0, 0];
  while (atExperiment < m || atControl < n) {
    const value = nextExperiment <= nextControl ? nextExperiment : nextControl;
    const before = atExperiment + atControl;
    let ofExperiment = 0;
    while (nextExperiment === value && atExperiment < m) {
      ofExperiment += 1;
      atExperiment += 1;
      nextExperiment = atExperiment < m ? (experiment[atExperiment] ?? 0) - shift : Infinity;
    }
    while (nextControl === value && atControl < n) {
      atControl += 1;
      nextControl = atControl < n ? (control[atControl] ?? 0) : Infinity;
    }
    const tied = atExperiment + atControl - before;
    sum += ofExperiment * (before + (tied + 1) / 2);
    if (tied > 1) ties += tied * tied * tied - tied;
  }
  return { rankSum: sum, ties };
}
