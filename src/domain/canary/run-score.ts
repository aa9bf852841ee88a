import type { JudgePolicy } from "./judge-policy.ts";
import type { MetricVerdict } from "./verdict.ts";

/**
 * 0 to 100: the share of passing metrics among those that could be judged, group by group, by the groups' weights. A
 * failing critical metric keeps it below `marginal`. 0 when nothing could be judged.
 */
export function runScore(
  metrics: readonly MetricVerdict[],
  { groupWeights, scoreThresholds }: Pick<JudgePolicy, "groupWeights" | "scoreThresholds">,
): number {
  const judged = metrics.filter(({ verdict }) => verdict !== "inconclusive");
  const groups = [...new Set(judged.map(({ group }) => group))];
  const unweighted = groups.filter((group) => groupWeights[group] === undefined);
  const given = Object.values(groupWeights).reduce((sum, weight) => sum + weight, 0);
  const share = Math.max(0, 100 - given) / Math.max(1, unweighted.length);
  const weighted = groups.map((group) => ({
    weight: groupWeights[group] ?? share,
    passing: passingShare(judged.filter((metric) => metric.group === group)),
  }));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return 0;
  const score = weighted.reduce((sum, { weight, passing }) => sum + 100 * passing * (weight / total), 0);
  const isLost = metrics.some(({ verdict, critical }) => verdict === "fail" && critical);
  return Math.round(isLost ? Math.min(score, Math.max(0, scoreThresholds.marginal - 1)) : score);
}

function passingShare(metrics: readonly MetricVerdict[]): number {
  return metrics.filter(({ verdict }) => verdict === "pass").length / metrics.length;
}
