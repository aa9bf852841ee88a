import type { Sides } from "./observations.ts";
import type { MetricVerdict } from "./verdict.ts";

/** A failing row when the canary's instances crash more often than the baseline's; one crash is enough. Null otherwise. */
export function crashVerdict(periods: readonly Sides<number>[]): MetricVerdict | null {
  const canary = periods.reduce((sum, crashes) => sum + crashes.canary, 0);
  const baseline = periods.reduce((sum, crashes) => sum + crashes.baseline, 0);
  if (canary <= baseline) return null;
  return {
    name: "crashes",
    label: "Crashes",
    kind: "events",
    unit: "",
    group: "crashes",
    critical: true,
    verdict: "fail",
    baseline,
    canary,
    quantile: null,
    change: null,
    interval: null,
    tolerance: 0,
    isShownHarmless: false,
    reason: `${canary} ${canary === 1 ? "instance" : "instances"} of the canary did not come up or died; ${baseline} of the baseline.`,
    evidence: { kind: "none" },
    samples: canary + baseline,
  };
}
