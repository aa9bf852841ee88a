import { assertNever } from "../assert-never.ts";
import { causeRank } from "./cause-order.ts";
import { crashVerdict } from "./judge-crashes.ts";
import { judgeMetric, type MetricJudging } from "./judge-metric.ts";
import type { JudgePolicy, MetricPolicy } from "./judge-policy.ts";
import { splitProblem } from "./judge-split.ts";
import { plannedLooks, withClosingLook } from "./looks.ts";
import { missingOf } from "./missing.ts";
import type { PeriodObservation } from "./observations.ts";
import { runScore } from "./run-score.ts";
import type { Missing, MetricVerdict, RunVerdict } from "./verdict.ts";

export interface RunInput {
  readonly policy: JudgePolicy;
  /** Whole periods, in any order; of two with one start the later in the list counts. */
  readonly periods: readonly PeriodObservation[];
  readonly nowMs: number;
}

/** A period with its place, counted from the run's start. */
interface PlacedPeriod {
  readonly period: number;
  readonly observed: PeriodObservation;
}

/**
 * What can be concluded of a canary run so far. May be asked as often as one likes: the more often, the earlier a bad
 * change is found, and never more often a harmless one. Whoever asks must feed all periods since the start each time.
 */
export function judgeRun({ policy, periods, nowMs }: RunInput): RunVerdict {
  const placed = placePeriods(policy, periods);
  const passed = Math.floor((Math.min(nowMs, policy.endsAtMs) - policy.startedAtMs) / policy.periodMs);
  const planned = plannedPeriods(policy);
  const judging: MetricJudging = {
    schedule: {
      looks: plannedLooks(planned),
      plannedPeriods: planned,
      periodsPassed: Math.max(0, passed),
    },
    alpha: policy.alpha / Math.max(1, policy.metrics.length),
    stalePeriods: Math.max(1, Math.ceil(policy.staleAfterMs / policy.periodMs)),
  };
  const judged = judgeMetrics(policy, placed, judging);
  const crashes = crashVerdict(placed.map(({ observed }) => observed.crashes));
  const metrics = [...(crashes === null ? [] : [crashes]), ...judged].toSorted(byWeightOfEvidence);
  const missing = missingOf(
    policy,
    placed.map(({ observed }) => observed),
  );
  const split = splitProblem(
    placed.map(({ observed }) => observed.requests),
    policy.canaryShare,
  );
  return conclude({
    policy,
    metrics: causesFirst(policy, metrics),
    missing,
    split,
    isOver: nowMs >= policy.endsAtMs,
  });
}

/** Each metric by itself; once one of them has lost the run, the others get their last look. */
function judgeMetrics(
  { metrics }: JudgePolicy,
  placed: readonly PlacedPeriod[],
  judging: MetricJudging,
): MetricVerdict[] {
  const judge = (metric: MetricPolicy, how: MetricJudging): MetricVerdict =>
    judgeMetric(
      metric,
      placed.flatMap(({ period, observed }) => {
        const observation = observed.metrics[metric.name];
        return observation === undefined ? [] : [{ period, observation }];
      }),
      how,
    );
  const judged = metrics.map((metric) => judge(metric, judging));
  if (!judged.some(({ verdict, critical }) => verdict === "fail" && critical)) return judged;
  const closing = { ...judging, schedule: withClosingLook(judging.schedule) };
  return metrics.map((metric) => judge(metric, closing));
}

interface Conclusion {
  readonly policy: JudgePolicy;
  readonly metrics: readonly MetricVerdict[];
  readonly missing: Missing;
  readonly split: string | null;
  readonly isOver: boolean;
}

function conclude({ policy, metrics, missing, split, isOver }: Conclusion): RunVerdict {
  const score = runScore(metrics, policy);
  const failing = metrics.filter(({ verdict }) => verdict === "fail");
  const lost = failing.find(({ critical }) => critical);
  if (lost !== undefined) {
    return { phase: "decided", verdict: "fail", score, metrics, reason: `${lost.label}: ${lost.reason}` };
  }
  if (split !== null)
    return { phase: "decided", verdict: "inconclusive", score, metrics, missing, reason: split };
  const unknown = unknownReason(policy, metrics, missing);
  const required = requiredNames(policy);
  const isShown =
    metrics.some(({ isShownHarmless }) => isShownHarmless) &&
    metrics.every(({ name, isShownHarmless }) => isShownHarmless || !required.has(name));
  if (!isOver && (unknown !== null || failing.length > 0 || !isShown)) {
    const reason =
      failing[0] === undefined ? "No regression so far." : `${failing[0].label}: ${failing[0].reason}`;
    return { phase: "running", score, metrics, missing, reason };
  }
  if (unknown !== null) {
    return { phase: "decided", verdict: "inconclusive", score, metrics, missing, reason: unknown };
  }
  if (failing[0] === undefined) {
    const reason = isOver
      ? "No evidence of harm in any metric."
      : "All metrics are shown to change less than anyone would want to hear of.";
    return { phase: "decided", verdict: "pass", score, metrics, reason };
  }
  const { pass, marginal } = policy.scoreThresholds;
  const verdict = score >= pass ? "pass" : score >= marginal ? "marginal" : "fail";
  return { phase: "decided", verdict, score, metrics, reason: `${failing[0].label}: ${failing[0].reason}` };
}

/** Why there can be no pass; null when there can. */
function unknownReason(
  policy: JudgePolicy,
  metrics: readonly MetricVerdict[],
  { requestsHave, requestsNeeded }: Missing,
): string | null {
  if (requestsHave < requestsNeeded) return `${requestsHave} of ${requestsNeeded} requests on a side.`;
  if (policy.metrics.length === 0) return "There is no metric to judge by.";
  const required = requiredNames(policy);
  const unknown = metrics.find(({ name, verdict }) => verdict === "inconclusive" && required.has(name));
  if (unknown !== undefined) return `${unknown.label}: ${unknown.reason}`;
  return metrics.some(({ verdict }) => verdict !== "inconclusive") ? null : "No metric could be judged.";
}

function requiredNames({ metrics }: JudgePolicy): ReadonlySet<string> {
  return new Set(metrics.filter(({ required }) => required).map(({ name }) => name));
}

function plannedPeriods({ startedAtMs, endsAtMs, periodMs }: JudgePolicy): number {
  return Math.max(0, Math.floor((endsAtMs - startedAtMs) / periodMs));
}

function placePeriods(policy: JudgePolicy, periods: readonly PeriodObservation[]): PlacedPeriod[] {
  const byPlace = new Map<number, PeriodObservation>();
  for (const observed of periods) {
    const period = Math.round((observed.startMs - policy.startedAtMs) / policy.periodMs);
    if (period >= 0 && period < plannedPeriods(policy)) byPlace.set(period, observed);
  }
  return [...byPlace]
    .map(([period, observed]) => ({ period, observed }))
    .toSorted((a, b) => a.period - b.period);
}

const RANK = { fail: 0, inconclusive: 1, pass: 2 } as const;

/** Failing ones first, and of these the critical and the surest. */
function byWeightOfEvidence(a: MetricVerdict, b: MetricVerdict): number {
  return (
    RANK[a.verdict] - RANK[b.verdict] || Number(b.critical) - Number(a.critical) || weightOf(b) - weightOf(a)
  );
}

/** Those that fail and are critical in the order of what causes what; the rest as it was. */
function causesFirst({ metrics }: JudgePolicy, ordered: readonly MetricVerdict[]): MetricVerdict[] {
  const places = new Map(metrics.map(({ name, place }) => [name, place]));
  const decisive = ordered
    .filter(({ verdict, critical }) => verdict === "fail" && critical)
    .map((metric) => ({ metric, place: places.get(metric.name) ?? null }));
  const first = decisive.toSorted((a, b) => causeRank(a, decisive) - causeRank(b, decisive));
  return [...first.map(({ metric }) => metric), ...ordered.slice(first.length)];
}

/** How far the evidence is beyond what fails, in natural logarithms; infinite for what needs no statistics. */
function weightOf({ evidence, verdict }: MetricVerdict): number {
  switch (evidence.kind) {
    case "none":
      return verdict === "fail" ? Number.MAX_VALUE : -Number.MAX_VALUE;
    case "eValue":
      return evidence.lnE - evidence.lnThreshold;
    case "pValue":
      return Math.log(evidence.threshold) - Math.log(Math.max(evidence.p, Number.MIN_VALUE));
    default:
      return assertNever(evidence);
  }
}
