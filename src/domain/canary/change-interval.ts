import type { HarmfulDirection } from "./harm.ts";

/** Changes beyond a hundredfold are open ends. */
const FACTOR_MAX = 100;
const STEPS = 10;

/** Ends of a change, canary / baseline - 1; null when open. */
export interface ChangeInterval {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * All changes that a test does not reject. `rejects(factor, direction)` says whether there is evidence that the canary
 * is more than `factor` times the baseline (`increase`), or the baseline more than `factor` times the canary
 * (`decrease`); it must turn from true to false once as the factor grows.
 */
export function changeInterval(
  rejects: (factor: number, direction: HarmfulDirection) => boolean,
): ChangeInterval {
  const least = largestRejected((factor) => rejects(factor, "increase"));
  const most = largestRejected((factor) => rejects(factor, "decrease"));
  return {
    low: least === null ? null : least - 1,
    high: most === null ? null : 1 / most - 1,
  };
}

/** By bisection of its logarithm, to under 1%; null when not even the smallest factor is rejected. */
function largestRejected(rejects: (factor: number) => boolean): number | null {
  let [low, high] = [-Math.log(FACTOR_MAX), Math.log(FACTOR_MAX)];
  if (!rejects(Math.exp(low))) return null;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (rejects(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}
