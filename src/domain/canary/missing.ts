import type { JudgePolicy } from "./judge-policy.ts";
import type { PeriodObservation } from "./observations.ts";
import type { Missing } from "./verdict.ts";

/** Periods that present traffic is told from. */
const RECENT_PERIODS = 5;

/** What traffic a pass still takes, on the side with less of it. `observed` is in order of time. */
export function missingOf(policy: JudgePolicy, observed: readonly PeriodObservation[]): Missing {
  const requestsHave = fewerOf(observed);
  const requestsNeeded = policy.requestsMin;
  const recent = observed.slice(-RECENT_PERIODS);
  const perPeriod = recent.length === 0 ? 0 : fewerOf(recent) / recent.length;
  const missing = Math.max(0, requestsNeeded - requestsHave);
  if (missing === 0) return { requestsHave, requestsNeeded, aboutMs: 0 };
  const aboutMs = perPeriod === 0 ? null : Math.ceil(missing / perPeriod) * policy.periodMs;
  return { requestsHave, requestsNeeded, aboutMs };
}

function fewerOf(observed: readonly PeriodObservation[]): number {
  const sumOf = (side: "canary" | "baseline"): number =>
    observed.reduce((sum, { requests }) => sum + requests[side], 0);
  return Math.min(sumOf("canary"), sumOf("baseline"));
}
