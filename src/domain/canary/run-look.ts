import { assertNever } from "../assert-never.ts";
import type { Evidence, MetricVerdict, RunVerdict } from "./verdict.ts";

/** A run of four hours has 240 windows. */
const looksMax = 500;

/** What the judge said once another window was complete. */
export interface RunLook {
  readonly atMs: number;
  /** Windows that it took in. */
  readonly periods: number;
  readonly score: number;
  /** `running`: the run goes on. */
  readonly verdict: "running" | "pass" | "marginal" | "fail" | "inconclusive";
  readonly reason: string;
  readonly metrics: readonly {
    readonly name: string;
    readonly verdict: MetricVerdict["verdict"];
    /** How far the evidence is towards failing: 1 fails. Null before there is any. */
    readonly towardsFail: number | null;
  }[];
}

/** The looks so far with this one, if it says anything new. Of several looks at the same windows, the last one counts. */
export function withLook(
  looks: readonly RunLook[],
  verdict: RunVerdict,
  periods: number,
  atMs: number,
): RunLook[] {
  const look: RunLook = {
    atMs,
    periods,
    score: verdict.score,
    verdict: verdict.phase === "running" ? "running" : verdict.verdict,
    reason: verdict.reason,
    metrics: verdict.metrics.map((metric) => ({
      name: metric.name,
      verdict: metric.verdict,
      towardsFail: towardsFail(metric.evidence),
    })),
  };
  const last = looks.at(-1);
  const isNews = last?.periods !== periods || last.verdict !== look.verdict || last.reason !== look.reason;
  if (!isNews) return [...looks];
  return [...looks.filter((before) => before.periods !== periods), look].slice(-looksMax);
}

/** On the scale of logarithms, on which evidence adds up. */
function towardsFail(evidence: Evidence): number | null {
  switch (evidence.kind) {
    case "none":
      return null;
    case "eValue":
      return Math.max(0, evidence.lnE / evidence.lnThreshold);
    case "pValue":
      return Math.log(Math.max(evidence.p, Number.MIN_VALUE)) / Math.log(evidence.threshold);
    default:
      return assertNever(evidence);
  }
}
