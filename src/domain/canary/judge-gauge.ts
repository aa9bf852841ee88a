import type { ChangeInterval } from "./change-interval.ts";
import {
  gaugeGrowth,
  gaugeInterval,
  gaugeP,
  pairedGauge,
  type GaugeEstimate,
} from "./evidence/paired-gauge.ts";
import { noiseMemory, type NoiseMemory } from "./evidence/noise-memory.ts";
import { growthScale, levelScale, type GaugeScale } from "./gauge-scale.ts";
import { factorOf, harmfulDirections } from "./harm.ts";
import type { MetricPolicy } from "./judge-policy.ts";
import type { Look, LookSchedule } from "./looks.ts";
import { NEGLIGIBLE_CHANGE, SAMPLES_MIN, type MetricFinding } from "./metric-finding.ts";
import type { Sides } from "./observations.ts";

/** One value on each side, in a period that is counted from the run's start. */
export interface GaugePoint {
  readonly period: number;
  readonly sides: Sides<number>;
}

interface Looked {
  readonly look: Look;
  readonly threshold: number;
  readonly p: number;
  readonly estimate: GaugeEstimate;
  readonly scale: GaugeScale;
  readonly isHarm: boolean;
}

/**
 * Compares one value a period on each side, such as CPU a request, or for `growth` how fast it grows over the run. It
 * is tested at the planned looks alone. `alpha` is this metric's part.
 */
export function judgeGauge(
  policy: MetricPolicy,
  points: readonly GaugePoint[],
  { looks, periodsPassed, plannedPeriods }: LookSchedule,
  alpha: number,
): MetricFinding {
  const memory = noiseMemory(policy.history);
  const looked = looks
    .filter(({ periods }) => periods <= periodsPassed)
    .map((look) => lookAt(policy, points, look, alpha * look.level, memory, plannedPeriods))
    .filter((result) => result !== null);
  const decisive = looked.find(({ isHarm }) => isHarm) ?? looked.at(-1);
  const levels = {
    samples: points.length,
    baseline: meanOf(points, "baseline"),
    canary: meanOf(points, "canary"),
  };
  if (decisive === undefined) {
    return {
      ...levels,
      quantile: null,
      change: changeOf(levels),
      interval: null,
      isHarm: false,
      evidence: { kind: "none" },
    };
  }
  const { look, p, threshold, isHarm, scale } = decisive;
  return {
    ...levels,
    quantile: null,
    change: scale.changeOf(decisive.estimate.mean),
    interval: intervalOf(decisive),
    isHarm,
    evidence: { kind: "pValue", p, threshold, look: look.look },
  };
}

/** Null when there are too few points to say anything. */
function lookAt(
  policy: MetricPolicy,
  points: readonly GaugePoint[],
  look: Look,
  alpha: number,
  memory: NoiseMemory | null,
  plannedPeriods: number,
): Looked | null {
  const seen = points.filter(({ period }) => period < look.periods);
  const isGrowth = policy.kind === "growth";
  const pairs = seen.map(({ sides }) => sides);
  const scale = isGrowth ? growthScale(pairs, plannedPeriods - 1) : levelScale(pairs);
  const estimate = isGrowth ? gaugeGrowth(scale.differences) : pairedGauge(scale.differences, memory);
  if (estimate === null || seen.length < SAMPLES_MIN) return null;
  const directions = harmfulDirections(policy.harm);
  const threshold = alpha / directions.length;
  const tests = directions.map((direction) => {
    const sign = direction === "increase" ? 1 : -1;
    const p = gaugeP(
      { ...estimate, mean: sign * estimate.mean },
      scale.tolerated(factorOf(policy.tolerance, direction)),
    );
    return { p, isMore: sign * scale.changeOf(estimate.mean) >= NEGLIGIBLE_CHANGE };
  });
  const p = Math.min(...tests.map((test) => test.p));
  return {
    look,
    threshold,
    p,
    estimate,
    scale,
    isHarm: tests.some((test) => test.p <= threshold && test.isMore),
  };
}

function intervalOf({ estimate, threshold, scale }: Looked): ChangeInterval {
  const [low, high] = gaugeInterval(estimate, threshold);
  return { low: scale.changeOf(low), high: scale.changeOf(high) };
}

function meanOf(points: readonly GaugePoint[], side: keyof Sides<number>): number | null {
  if (points.length === 0) return null;
  return points.reduce((sum, { sides }) => sum + sides[side], 0) / points.length;
}

function changeOf({ baseline, canary }: Pick<MetricFinding, "baseline" | "canary">): number | null {
  return baseline === null || canary === null || baseline === 0 ? null : canary / baseline - 1;
}
