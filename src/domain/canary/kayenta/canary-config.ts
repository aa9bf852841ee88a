import { booleanOf, fieldsOf, numberOf, textsOf } from "./loose-json.ts";

/** Which difference fails a metric. */
export type MetricDirection = "increase" | "decrease" | "either";

/** When a difference is large enough, in the measure's unit; critical ones count for critical metrics. */
export interface EffectSizeLimits {
  readonly measure: "meanRatio" | "cles";
  readonly allowedIncrease: number;
  readonly allowedDecrease: number;
  readonly criticalIncrease: number;
  readonly criticalDecrease: number;
}

/** What `analysisConfigurations.canary` of a metric says, with Kayenta's defaults. */
export interface MetricAnalysis {
  readonly direction: MetricDirection;
  readonly nanStrategy: "remove" | "replace";
  /** How many interquartile ranges from the quartiles an outlier lies; null when outliers are kept. */
  readonly outlierFactor: number | null;
  readonly isCritical: boolean;
  readonly isMuted: boolean;
  readonly mustHaveData: boolean;
  readonly effectSize: EffectSizeLimits;
}

export interface CanaryMetric {
  readonly name: string;
  readonly groups: readonly string[];
  readonly analysis: MetricAnalysis;
}

/** What a judge needs of Kayenta's CanaryConfig; queries, templates and the rest belong to others. */
export interface CanaryConfig {
  readonly metrics: readonly CanaryMetric[];
  /** Per cent by group. */
  readonly groupWeights: Readonly<Record<string, number>>;
  readonly scoreThresholds: { readonly pass: number | null; readonly marginal: number | null };
}

const OUTLIER_FACTOR = 3;

/** Reads a Kayenta config as leniently as Kayenta does: unknown fields and values fall back to the defaults. */
export function readCanaryConfig(value: unknown): CanaryConfig {
  const { metrics, classifier } = fieldsOf(value);
  const { groupWeights, scoreThresholds } = fieldsOf(classifier);
  const { pass, marginal } = fieldsOf(scoreThresholds);
  const list: readonly unknown[] = Array.isArray(metrics) ? metrics : [];
  return {
    metrics: list.map(readMetric),
    groupWeights: Object.fromEntries(
      Object.entries(fieldsOf(groupWeights)).map(([group, weight]) => [group, numberOf(weight) ?? 0]),
    ),
    scoreThresholds: { pass: numberOf(pass), marginal: numberOf(marginal) },
  };
}

function readMetric(value: unknown): CanaryMetric {
  const { name, groups, analysisConfigurations } = fieldsOf(value);
  const canary = fieldsOf(fieldsOf(analysisConfigurations)["canary"]);
  const { direction, nanStrategy, outliers, critical, muted, mustHaveData, effectSize } = canary;
  return {
    name: typeof name === "string" ? name : "",
    groups: textsOf(groups),
    analysis: {
      direction: direction === "increase" || direction === "decrease" ? direction : "either",
      nanStrategy: nanStrategy === "replace" ? "replace" : "remove",
      outlierFactor: readOutlierFactor(outliers),
      isCritical: booleanOf(critical),
      isMuted: booleanOf(muted),
      mustHaveData: booleanOf(mustHaveData),
      effectSize: readEffectSize(effectSize),
    },
  };
}

function readOutlierFactor(value: unknown): number | null {
  const { strategy, outlierFactor } = fieldsOf(value);
  return strategy === "remove" ? (numberOf(outlierFactor) ?? OUTLIER_FACTOR) : null;
}

function readEffectSize(value: unknown): EffectSizeLimits {
  const { measure, allowedIncrease, allowedDecrease, criticalIncrease, criticalDecrease } = fieldsOf(value);
  const neutral = measure === "cles" ? 0.5 : 1;
  return {
    measure: measure === "cles" ? "cles" : "meanRatio",
    allowedIncrease: numberOf(allowedIncrease) ?? neutral,
    allowedDecrease: numberOf(allowedDecrease) ?? neutral,
    criticalIncrease: numberOf(criticalIncrease) ?? neutral,
    criticalDecrease: numberOf(criticalDecrease) ?? neutral,
  };
}
