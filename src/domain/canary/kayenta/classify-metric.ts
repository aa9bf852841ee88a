import type { EffectSizeLimits, MetricAnalysis, MetricDirection } from "./canary-config.ts";
import { effectSize, neutralEffect } from "./effect-size.ts";
import type { JudgeInput, MetricPair } from "../offline/judge-input.ts";
import { mannWhitney, type ShiftEstimate } from "./mann-whitney.ts";
import { withoutOutliers } from "./outliers.ts";
import { withNoise } from "./with-noise.ts";

/** Kayenta's names, as its reports have them. */
export type MetricLabel = "Pass" | "High" | "Low" | "Nodata" | "NodataFailMetric" | "Error";

export interface MetricClassification {
  readonly label: MetricLabel;
  /** Whether it fails the canary whatever the score. */
  readonly isCritical: boolean;
  readonly reason: string | null;
  /** Null where nothing was compared. */
  readonly shift: ShiftEstimate | null;
  /** NaN where it cannot be told; the neutral one where nothing was compared. */
  readonly effectSize: number;
}

/** Classifies one metric as NetflixACAJudge-v1.0 does. */
export function classifyMetric(
  pair: MetricPair,
  analysis: MetricAnalysis,
  settings: Pick<JudgeInput, "tolerance" | "confLevel">,
): MetricClassification {
  const experiment = prepared(pair.experiment, analysis);
  const control = prepared(pair.control, analysis);
  const { name } = pair;
  const neutral = { shift: null, effectSize: neutralEffect(analysis.effectSize.measure) };
  if (experiment.length === 0 || control.length === 0) return { ...withoutData(name, analysis), ...neutral };
  if (haveSameValues(experiment, control)) {
    const reason = "The Canary and Baseline data are identical";
    return { label: "Pass", isCritical: false, reason, ...neutral };
  }
  if (new Set([...experiment, ...control]).size === 1) {
    return { label: "Pass", isCritical: false, reason: null, ...neutral };
  }
  const effect = effectSize(experiment, control, analysis.effectSize.measure);
  const isConstant = new Set(experiment).size === 1 && new Set(control).size === 1;
  const shift = isConstant
    ? mannWhitney(withNoise(experiment), withNoise(control), settings.confLevel)
    : mannWhitney(experiment, control, settings.confLevel);
  if (shift !== null) return conclude(name, shift, effect, analysis, settings.tolerance);
  const reason = "Metric Classification Failed";
  return { label: "Error", isCritical: false, reason, shift, effectSize: effect };
}

function prepared(values: readonly number[], { nanStrategy, outlierFactor }: MetricAnalysis): number[] {
  const known =
    nanStrategy === "replace"
      ? values.map((value) => (Number.isNaN(value) ? 0 : value))
      : values.filter((value) => !Number.isNaN(value));
  return outlierFactor === null ? known : withoutOutliers(known, outlierFactor);
}

function withoutData(
  name: string,
  { nanStrategy, mustHaveData, isCritical }: MetricAnalysis,
): Pick<MetricClassification, "label" | "isCritical" | "reason"> {
  // Missing values stood for zeros, so no values are no harm.
  if (nanStrategy === "replace") return { label: "Pass", isCritical: false, reason: null };
  const reason = `Missing data for ${name}`;
  if (mustHaveData && !isCritical) return { label: "NodataFailMetric", isCritical: false, reason };
  return { label: "Nodata", isCritical, reason };
}

function haveSameValues(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  const [sortedA, sortedB] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  return sortedA.every((value, at) => value === sortedB[at]);
}

function conclude(
  name: string,
  shift: ShiftEstimate,
  effect: number,
  { effectSize: limits, direction, isCritical: isCriticalMetric }: MetricAnalysis,
  tolerance: number,
): MetricClassification {
  const label = labelOf(shift, effect, direction, limits, tolerance);
  if (label === "Pass") return { label, isCritical: false, reason: null, shift, effectSize: effect };
  const isCritical = isCriticalMetric && isCriticalEffect(label, effect, limits);
  const reason = isCritical
    ? `The metric ${name} was classified as ${label} (Critical)`
    : `${name} was classified as ${label}`;
  return { label, isCritical, reason, shift, effectSize: effect };
}

/** An effect that cannot be told holds nothing back. */
function labelOf(
  { lower, upper, estimate }: ShiftEstimate,
  effect: number,
  direction: MetricDirection,
  { allowedIncrease, allowedDecrease }: EffectSizeLimits,
  tolerance: number,
): "Pass" | "High" | "Low" {
  const bound = tolerance * Math.abs(estimate);
  const isLarge = Number.isNaN(effect) || effect >= allowedIncrease;
  if (direction !== "decrease" && lower > bound && isLarge) return "High";
  const isSmall = Number.isNaN(effect) || effect <= allowedDecrease;
  return direction !== "increase" && upper < -bound && isSmall ? "Low" : "Pass";
}

function isCriticalEffect(
  label: "High" | "Low",
  effect: number,
  { criticalIncrease, criticalDecrease }: EffectSizeLimits,
): boolean {
  if (Number.isNaN(effect)) return true;
  return label === "High" ? effect >= criticalIncrease : effect <= criticalDecrease;
}
