import { classifyMetric } from "./classify-metric.ts";
import type { JudgeInput } from "../offline/judge-input.ts";
import type { OfflineVerdict } from "../offline/offline-verdict.ts";
import { scoreMetrics, type ClassifiedMetric } from "./score.ts";

/**
 * Judges as Kayenta's NetflixACAJudge-v1.0 does: the same classifications, criticality and score on the same data. The
 * one thing that is not the same is the noise on constant samples, which Kayenta draws at random. Source of the
 * behaviour: github.com/spinnaker/kayenta at a69573b.
 */
export function judgeKayenta(input: JudgeInput): OfflineVerdict {
  const { config, pairs, thresholds } = input;
  const classified = pairs.flatMap((pair): ClassifiedMetric[] => {
    const metric = config.metrics.find(({ name }) => name === pair.name);
    return metric === undefined
      ? []
      : [{ metric, classification: classifyMetric(pair, metric.analysis, input) }];
  });
  const { score, reason } = scoreMetrics(classified, config.groupWeights);
  return {
    score,
    classification: score >= thresholds.pass ? "Pass" : score >= thresholds.marginal ? "Marginal" : "Fail",
    reason,
    results: classified.map(({ metric, classification }) => ({
      name: metric.name,
      classification: classification.label,
      critical: classification.isCritical,
      reason: classification.reason,
      ciLower: classification.shift?.lower ?? null,
      ciUpper: classification.shift?.upper ?? null,
      estimate: classification.shift?.estimate ?? null,
      effectSize: Number.isNaN(classification.effectSize) ? null : classification.effectSize,
      groups: metric.groups,
      muted: metric.analysis.isMuted,
    })),
  };
}
