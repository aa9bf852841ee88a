import { assertNever } from "../assert-never.ts";
import { factorOf, harmfulDirections } from "./harm.ts";
import type { MetricPolicy } from "./judge-policy.ts";
import { changeText, intervalText, shareText, toleranceText, valueText } from "./metric-text.ts";
import { SAMPLES_MIN, type MetricFinding } from "./metric-finding.ts";
import type { MetricVerdict } from "./verdict.ts";

const SUSPICIOUS_FACTOR = 1.5;

/** Puts what was found of a metric into a verdict and a sentence. `silence` says why there can be no pass, if so. */
export function metricVerdict(
  policy: MetricPolicy,
  finding: MetricFinding,
  silence: string | null,
): MetricVerdict {
  const { name, label, kind, unit, group, critical, tolerance } = policy;
  const { samples, baseline, canary, quantile, change, interval, evidence } = finding;
  const outcome = outcomeOf(policy, finding, silence);
  return {
    name,
    label,
    kind,
    unit,
    group,
    critical,
    tolerance,
    samples,
    baseline,
    canary,
    quantile,
    change,
    interval,
    evidence,
    ...outcome,
    isShownHarmless: outcome.verdict === "pass" && isShownHarmless(policy, finding),
  };
}

/** A verdict for a metric of which nothing is known. */
export function unknownVerdict(policy: MetricPolicy, reason: string): MetricVerdict {
  return metricVerdict(
    policy,
    {
      samples: 0,
      baseline: null,
      canary: null,
      quantile: null,
      change: null,
      interval: null,
      isHarm: false,
      evidence: { kind: "none" },
    },
    reason,
  );
}

function outcomeOf(
  policy: MetricPolicy,
  finding: MetricFinding,
  silence: string | null,
): Pick<MetricVerdict, "verdict" | "reason"> {
  const { samples, isHarm, evidence } = finding;
  if (samples < SAMPLES_MIN) {
    const reason = silence ?? `${samples} ${thingsOf(policy)} on a side; at least ${SAMPLES_MIN} are needed.`;
    return { verdict: "inconclusive", reason };
  }
  if (isHarm)
    return { verdict: "fail", reason: `${levelsText(policy, finding)}${toleranceText(policy.tolerance)}.` };
  if (silence !== null) return { verdict: "inconclusive", reason: silence };
  if (evidence.kind === "none") {
    return {
      verdict: "inconclusive",
      reason: `${samples} ${thingsOf(policy)} so far; the first look comes later.`,
    };
  }
  if (looksBad(policy, finding)) {
    return { verdict: "inconclusive", reason: `Too noisy to tell: ${levelsText(policy, finding)}.` };
  }
  return { verdict: "pass", reason: `No evidence of harm: ${levelsText(policy, finding)}.` };
}

/** A gauge that is much worse on average, but varies so much that it may be chance, is no pass. */
function looksBad({ kind, harm, tolerance }: MetricPolicy, { change }: MetricFinding): boolean {
  if (change === null || kind === "events" || kind === "distribution") return false;
  return harmfulDirections(harm).some((direction) => {
    const worse = direction === "increase" ? 1 + change : 1 / Math.max(1 + change, Number.EPSILON);
    return worse > factorOf(tolerance, direction) * SUSPICIOUS_FACTOR;
  });
}

function levelsText({ kind, unit }: MetricPolicy, finding: MetricFinding): string {
  const { baseline, canary, change, interval, quantile } = finding;
  if (baseline === null || canary === null) return "no values";
  const changed = change === null ? "" : `, ${changeText(change)}${intervalText(interval)}`;
  switch (kind) {
    case "events":
      return `${shareText(canary)} against ${shareText(baseline)} of requests${changed}`;
    case "distribution":
      return `p${Number(((quantile ?? 0) * 100).toPrecision(3))} ${valueText(canary, unit)} against ${valueText(baseline, unit)}${changed}`;
    case "gauge":
      return `${valueText(canary, unit)} against ${valueText(baseline, unit)}${changed}`;
    case "growth":
      return `over the whole run it would grow by ${change === null ? "?" : changeText(change)}${intervalText(interval)} more than the baseline's`;
    default:
      return assertNever(kind);
  }
}

function thingsOf({ kind }: MetricPolicy): string {
  return kind === "events" || kind === "distribution" ? "requests" : "periods";
}

function isShownHarmless({ harm, concern }: MetricPolicy, { interval }: MetricFinding): boolean {
  if (concern === null || interval === null) return false;
  const { low, high } = interval;
  return harmfulDirections(harm).every((direction) =>
    direction === "increase" ? high !== null && high < concern : low !== null && low > -concern,
  );
}
