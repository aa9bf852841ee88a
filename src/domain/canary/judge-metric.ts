import { assertNever } from "../assert-never.ts";
import { judgeDistribution } from "./judge-distribution.ts";
import { judgeEvents } from "./judge-events.ts";
import { judgeGauge, type GaugePoint } from "./judge-gauge.ts";
import type { MetricPolicy } from "./judge-policy.ts";
import type { LookSchedule } from "./looks.ts";
import type { MetricFinding } from "./metric-finding.ts";
import { metricVerdict, unknownVerdict } from "./metric-verdict.ts";
import type { MetricObservation } from "./observations.ts";
import { countOf } from "./statistics/histograms.ts";
import type { MetricVerdict } from "./verdict.ts";

/** What one metric did in one period, counted from the run's start. */
export interface MetricPeriod {
  readonly period: number;
  readonly observation: MetricObservation;
}

export interface MetricJudging {
  readonly schedule: LookSchedule;
  /** The metric's part of the run's alpha. */
  readonly alpha: number;
  /** Periods without data after which a source is dead. */
  readonly stalePeriods: number;
}

/** Judges one metric. What goes wrong in it makes the metric inconclusive, never passing. */
export function judgeMetric(
  policy: MetricPolicy,
  all: readonly MetricPeriod[],
  judging: MetricJudging,
): MetricVerdict {
  const periods = all.filter(({ observation }) => hasData(observation));
  const last = periods.at(-1);
  if (last === undefined) return unknownVerdict(policy, "There was no data of it.");
  try {
    return metricVerdict(policy, findingOf(policy, periods, judging), silenceOf(last.period, judging));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unknownVerdict(policy, `It could not be judged: ${why}`);
  }
}

function findingOf(
  policy: MetricPolicy,
  periods: readonly MetricPeriod[],
  { schedule, alpha }: MetricJudging,
): MetricFinding {
  const { kind } = policy;
  switch (kind) {
    case "events":
      return judgeEvents(
        policy,
        periods.map(({ observation }) => expectKind(observation, "events").sides),
        alpha,
      );
    case "distribution":
      return judgeDistribution(
        policy,
        periods.map(({ observation }) => expectKind(observation, "distribution").sides),
        alpha,
      );
    case "gauge":
    case "growth":
      return judgeGauge(policy, gaugePoints(periods), schedule, alpha);
    default:
      return assertNever(kind);
  }
}

function gaugePoints(periods: readonly MetricPeriod[]): GaugePoint[] {
  return periods.flatMap(({ period, observation }) => {
    const { canary, baseline } = expectKind(observation, "gauge").sides;
    return canary === null || baseline === null ? [] : [{ period, sides: { canary, baseline } }];
  });
}

function expectKind<K extends MetricObservation["kind"]>(
  observation: MetricObservation,
  kind: K,
): Extract<MetricObservation, { kind: K }> {
  if (!isKind(observation, kind)) throw new Error(`its data are ${observation.kind}, not ${kind}`);
  return observation;
}

function isKind<K extends MetricObservation["kind"]>(
  observation: MetricObservation,
  kind: K,
): observation is Extract<MetricObservation, { kind: K }> {
  return observation.kind === kind;
}

/** A period in which one side has nothing compares nothing. */
function hasData({ kind, sides }: MetricObservation): boolean {
  switch (kind) {
    case "events":
      return sides.canary.of > 0 && sides.baseline.of > 0;
    case "distribution":
      return countOf(sides.canary) > 0 && countOf(sides.baseline) > 0;
    case "gauge":
      return Number.isFinite(sides.canary) && Number.isFinite(sides.baseline);
    default:
      return assertNever(kind);
  }
}

function silenceOf(lastPeriod: number, { schedule, stalePeriods }: MetricJudging): string | null {
  const silent = schedule.periodsPassed - 1 - lastPeriod;
  return silent >= stalePeriods ? `There was no data of it in the last ${silent} periods.` : null;
}
