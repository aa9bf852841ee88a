import { changeInterval } from "./change-interval.ts";
import { DistributionEvidence } from "./evidence/distribution-evidence.ts";
import { facing, factorOf, harmfulDirections, type HarmfulDirection } from "./harm.ts";
import type { MetricPolicy } from "./judge-policy.ts";
import { NEGLIGIBLE_CHANGE, type MetricFinding } from "./metric-finding.ts";
import type { Histogram, Sides } from "./observations.ts";
import { countOf, quantileOf, sumOfHistograms } from "./statistics/histograms.ts";

/** What is shown where nothing stands out. */
const USUAL_QUANTILE = 0.95;

/** Compares the values of single requests, such as latency; may be looked at any time. `alpha` is this metric's part. */
export function judgeDistribution(
  policy: MetricPolicy,
  periods: readonly Sides<Histogram>[],
  alpha: number,
): MetricFinding {
  const directions = harmfulDirections(policy.harm);
  const lnThreshold = -Math.log(alpha / directions.length);
  const strongest = directions
    .map((direction) => evidenceOf(periods, factorOf(policy.tolerance, direction), direction))
    .reduce((best, next) => (next.lnE > best.lnE ? next : best));
  const stands = strongest.lnE >= lnThreshold;
  const quantile = stands ? strongest.strongestQuantile : USUAL_QUANTILE;
  const whole = {
    canary: sumOfHistograms(periods.map(({ canary }) => canary)),
    baseline: sumOfHistograms(periods.map(({ baseline }) => baseline)),
  };
  const [canary, baseline] = [quantileOf(whole.canary, quantile), quantileOf(whole.baseline, quantile)];
  const change = canary === null || baseline === null || baseline === 0 ? null : canary / baseline - 1;
  return {
    samples: Math.min(countOf(whole.canary), countOf(whole.baseline)),
    baseline,
    canary,
    quantile,
    change,
    interval: changeInterval(
      (factor, direction) => evidenceOf(periods, factor, direction).lnE >= lnThreshold,
    ),
    isHarm: stands && (change === null || Math.abs(change) >= NEGLIGIBLE_CHANGE),
    evidence: { kind: "eValue", lnE: strongest.lnE, lnThreshold },
  };
}

function evidenceOf(
  periods: readonly Sides<Histogram>[],
  factor: number,
  direction: HarmfulDirection,
): DistributionEvidence {
  const evidence = new DistributionEvidence(factor);
  for (const sides of periods) evidence.add(facing(sides, direction));
  return evidence;
}
