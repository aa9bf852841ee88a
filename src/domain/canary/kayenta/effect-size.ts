import type { EffectSizeLimits } from "./canary-config.ts";
import { rankSum } from "./rank-shift.ts";

/**
 * How much the experiment differs from the control. `meanRatio`: mean of the experiment / mean of the control, NaN when
 * either is 0. `cles`: the probability that a value of the experiment is above one of the control, ties counting half
 * (A. Vargha, H. Delaney, Journal of Educational and Behavioral Statistics 2000).
 */
export function effectSize(
  experiment: readonly number[],
  control: readonly number[],
  measure: EffectSizeLimits["measure"],
): number {
  return measure === "cles" ? commonLanguage(experiment, control) : meanRatio(experiment, control);
}

/** The effect of no difference. */
export function neutralEffect(measure: EffectSizeLimits["measure"]): number {
  return measure === "cles" ? 0.5 : 1;
}

function meanRatio(experiment: readonly number[], control: readonly number[]): number {
  const [above, below] = [mean(experiment), mean(control)];
  return above === 0 || below === 0 ? NaN : above / below;
}

/** In two passes, so that the last digits are right: thresholds may be met exactly. */
function mean(values: readonly number[]): number {
  const rough = values.reduce((sum, value) => sum + value, 0) / values.length;
  return rough + values.reduce((sum, value) => sum + (value - rough), 0) / values.length;
}

function commonLanguage(experiment: readonly number[], control: readonly number[]): number {
  const [m, n] = [experiment.length, control.length];
  const ranks = rankSum(Float64Array.from(experiment).toSorted(), Float64Array.from(control).toSorted());
  return (2 * ranks - m * (m + 1)) / (2 * n * m);
}
