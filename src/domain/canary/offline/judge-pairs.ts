import { assertNever } from "../../assert-never.ts";
import type { CanaryMetric } from "../kayenta/canary-config.ts";
import { judgeGauge, type GaugePoint } from "../judge-gauge.ts";
import type { MetricPolicy } from "../judge-policy.ts";
import { metricVerdict, unknownVerdict } from "../metric-verdict.ts";
import { runScore } from "../run-score.ts";
import type { MetricVerdict } from "../verdict.ts";
import type { JudgeInput, MetricPair } from "./judge-input.ts";
import type { OfflineResult, OfflineVerdict } from "./offline-verdict.ts";

/** Probability that any metric of a harmless change fails. */
const ALPHA = 0.05;

interface JudgedMetric {
  readonly metric: CanaryMetric;
  readonly verdict: MetricVerdict;
}

/**
 * Judges stored series by Showrunner's method: each metric as pairs of values of one time, at a single look. The config
 * gives directions, criticality, groups and weights, and as tolerances what `allowedIncrease` and `allowedDecrease` of
 * mean ratios say. What has no data is never a pass.
 */
export function judgePairs(input: JudgeInput): OfflineVerdict {
  const { config, pairs, thresholds } = input;
  const counted = config.metrics.filter(({ analysis }) => !analysis.isMuted).length;
  const judged = config.metrics.flatMap((metric) => {
    const own = pairs.filter(({ name }) => name === metric.name);
    const found = own.length === 0 ? [{ name: metric.name, control: [], experiment: [] }] : own;
    return found.map((pair) => ({ metric, verdict: judgePair(metric, pair, ALPHA / Math.max(1, counted)) }));
  });
  const verdicts = judged
    .filter(({ metric }) => !metric.analysis.isMuted)
    .flatMap(({ metric, verdict }) =>
      (metric.groups.length === 0 ? [""] : metric.groups).map((group) => ({ ...verdict, group })),
    );
  const score = runScore(verdicts, { groupWeights: config.groupWeights, scoreThresholds: thresholds });
  return { score, ...conclude(verdicts, score, thresholds), results: judged.map(resultOf) };
}

function judgePair(metric: CanaryMetric, pair: MetricPair, alpha: number): MetricVerdict {
  const points = pointsOf(pair, metric.analysis.nanStrategy === "replace");
  const look = { look: 1, periods: Math.max(pair.control.length, pair.experiment.length), level: 1 };
  const policy = policyOf(metric);
  if (points.length === 0) return unknownVerdict(policy, `Missing data for ${metric.name}`);
  return metricVerdict(
    policy,
    judgeGauge(
      policy,
      points,
      { looks: [look], plannedPeriods: look.periods, periodsPassed: look.periods },
      alpha,
    ),
    null,
  );
}

/** Values of one time on both sides; a time without one of them is left out. */
function pointsOf({ control, experiment }: MetricPair, isNanZero: boolean): GaugePoint[] {
  return control.slice(0, experiment.length).flatMap((value, period) => {
    const [baseline, canary] = [value, experiment[period] ?? NaN].map((one) =>
      isNanZero && Number.isNaN(one) ? 0 : one,
    );
    if (baseline === undefined || canary === undefined) return [];
    return Number.isFinite(baseline) && Number.isFinite(canary)
      ? [{ period, sides: { canary, baseline } }]
      : [];
  });
}

function policyOf({ name, groups, analysis }: CanaryMetric): MetricPolicy {
  return {
    name,
    label: name,
    kind: "gauge",
    unit: "",
    harm: analysis.direction,
    tolerance: toleranceOf(analysis),
    concern: null,
    critical: analysis.isCritical,
    required: true,
    place: "result",
    group: groups[0] ?? "",
    history: [],
  };
}

/** The lesser of both ways where both are harm. */
function toleranceOf({ direction, effectSize }: CanaryMetric["analysis"]): number {
  if (effectSize.measure === "cles") return 0;
  const more = Math.max(0, effectSize.allowedIncrease - 1);
  const less = Math.min(1, Math.max(0, 1 - effectSize.allowedDecrease));
  if (direction === "increase") return more;
  return direction === "decrease" ? less : Math.min(more, less);
}

function conclude(
  verdicts: readonly MetricVerdict[],
  score: number,
  thresholds: JudgeInput["thresholds"],
): Pick<OfflineVerdict, "classification" | "reason"> {
  const failing = verdicts.filter(({ verdict }) => verdict === "fail");
  const lost = failing.find(({ critical }) => critical);
  if (lost !== undefined) return { classification: "Fail", reason: `${lost.label}: ${lost.reason}` };
  const unknown = verdicts.find(({ verdict }) => verdict === "inconclusive");
  if (unknown !== undefined)
    return { classification: "Inconclusive", reason: `${unknown.label}: ${unknown.reason}` };
  if (verdicts.length === 0)
    return { classification: "Inconclusive", reason: "There is no metric to judge by." };
  const reason = failing[0] === undefined ? null : `${failing[0].label}: ${failing[0].reason}`;
  if (score >= thresholds.pass) return { classification: "Pass", reason };
  return { classification: score >= thresholds.marginal ? "Marginal" : "Fail", reason };
}

function resultOf({ metric, verdict }: JudgedMetric): OfflineResult {
  return {
    name: metric.name,
    classification: labelOf(verdict),
    critical: verdict.verdict === "fail" && verdict.critical,
    reason: verdict.reason,
    ciLower: verdict.interval?.low ?? null,
    ciUpper: verdict.interval?.high ?? null,
    estimate: verdict.interval === null ? null : verdict.change,
    effectSize: verdict.change === null ? null : 1 + verdict.change,
    groups: metric.groups,
    muted: metric.analysis.isMuted,
  };
}

function labelOf({ verdict, samples, change }: MetricVerdict): string {
  switch (verdict) {
    case "pass":
      return "Pass";
    case "fail":
      return (change ?? 0) < 0 ? "Low" : "High";
    case "inconclusive":
      return samples === 0 ? "Nodata" : "Inconclusive";
    default:
      return assertNever(verdict);
  }
}
