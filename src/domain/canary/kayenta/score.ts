import type { CanaryMetric } from "./canary-config.ts";
import type { MetricClassification, MetricLabel } from "./classify-metric.ts";

/** A metric with what it was classified as. */
export interface ClassifiedMetric {
  readonly metric: CanaryMetric;
  readonly classification: MetricClassification;
}

export interface CanaryScore {
  /** 0 to 100, two decimals. */
  readonly score: number;
  /** Why it is 0 whatever the groups; null otherwise. */
  readonly reason: string | null;
}

const NODATA_SHARE_MAX = 0.5;

/** The weighted sum of NetflixACAJudge-v1.0: per group the share of passing metrics; muted metrics do not count. */
export function scoreMetrics(
  classified: readonly ClassifiedMetric[],
  groupWeights: Readonly<Record<string, number>>,
): CanaryScore {
  const counted = classified.filter(({ metric }) => !metric.analysis.isMuted);
  const critical = counted.find(
    ({ classification: { isCritical, label } }) => isCritical && label !== "Pass",
  );
  if (critical !== undefined) {
    return { score: 0, reason: `Canary Failed: ${critical.classification.reason}` };
  }
  const withoutData = counted.filter(({ classification }) => classification.label === "Nodata").length;
  if (counted.length > 0 && withoutData / counted.length >= NODATA_SHARE_MAX) {
    return { score: 0, reason: "Canary Failed: 50% or more metrics returned NODATA" };
  }
  return { score: twoDecimals(weightedSum(labelsByGroup(counted), groupWeights)), reason: null };
}

function labelsByGroup(counted: readonly ClassifiedMetric[]): Map<string, MetricLabel[]> {
  const groups = new Map<string, MetricLabel[]>();
  for (const { metric, classification } of counted) {
    for (const group of metric.groups)
      groups.set(group, [...(groups.get(group) ?? []), classification.label]);
  }
  return groups;
}

/** Groups without a weight share what the weights leave of 100; a weight for a group that is absent is lost. */
function weightedSum(groups: Map<string, MetricLabel[]>, weights: Readonly<Record<string, number>>): number {
  const given = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const unweighted = [...groups.keys()].filter((group) => !Object.hasOwn(weights, group)).length;
  const share = unweighted === 0 ? 0 : (100 - given) / unweighted;
  let sum = 0;
  for (const [group, labels] of groups) {
    const weight = Object.hasOwn(weights, group) ? (weights[group] ?? 0) : share;
    sum += groupScore(labels) * (weight / 100);
  }
  return sum;
}

/** Nodata and Error are left out; a group of nothing else counts in full. */
function groupScore(labels: readonly MetricLabel[]): number {
  const judged = labels.filter((label) => label !== "Nodata" && label !== "Error");
  return judged.length === 0
    ? 100
    : (judged.filter((label) => label === "Pass").length / judged.length) * 100;
}

/** Halves go away from zero, in decimal. */
function twoDecimals(value: number): number {
  if (Math.abs(value) < 1e-6) return 0;
  return (Math.sign(value) * Math.round(Number(`${Math.abs(value)}e2`))) / 100;
}
