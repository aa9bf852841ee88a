import { lnSampleRatioE } from "./evidence/sample-ratio.ts";
import { shareText } from "./metric-text.ts";
import type { Sides } from "./observations.ts";

/** Probability that a right split is ever called wrong. */
const ALPHA = 0.001;
/** Requests of one sticky caller come together, so a small lean is no news: a fifth of the expected share is. */
const LEAN_MIN = 0.2;

/** A sentence when the requests are not split between the sides as they should be, so that they cannot be compared. */
export function splitProblem(periods: readonly Sides<number>[], canaryShare: number): string | null {
  const canary = periods.reduce((sum, sides) => sum + sides.canary, 0);
  const all = canary + periods.reduce((sum, sides) => sum + sides.baseline, 0);
  if (all === 0 || canaryShare <= 0 || canaryShare >= 1) return null;
  const lean = Math.abs(canary / all - canaryShare) / Math.min(canaryShare, 1 - canaryShare);
  const lnE = lnSampleRatioE([canary, all - canary], [canaryShare, 1 - canaryShare]);
  if (lnE < -Math.log(ALPHA) || lean < LEAN_MIN) return null;
  return `The canary got ${shareText(canary / all)} of the requests under comparison instead of ${shareText(canaryShare)}, so the two sides cannot be compared.`;
}
