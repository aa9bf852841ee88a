import type { CampaignPolicy } from "./campaign-policy.ts";
import { type FailurePattern, failurePattern, patternText } from "./failure-pattern.ts";

/** A unit with a verdict, or one that was taken back after it had been shipped. */
export interface ScoredUnit {
  readonly verdict: "pass" | "marginal" | "fail" | "inconclusive" | "rolledBack";
  readonly atMs: number;
  readonly features: readonly string[];
}

export interface CampaignAlarm {
  /** One sentence for people. */
  readonly reason: string;
  readonly pattern: FailurePattern | null;
}

/**
 * Why a campaign is to stop by itself; null while it may go on. It stops once more failed than the allowed share of the
 * judged ones, or of the fewest that must be judged: what cannot be made good any more need not be waited for.
 */
export function campaignAlarm(units: readonly ScoredUnit[], policy: CampaignPolicy): CampaignAlarm | null {
  const counted = units.filter(
    ({ verdict, atMs }) => verdict !== "inconclusive" && atMs > policy.countedSinceMs,
  );
  const failed = counted.filter(isFailed);
  const back = failed.filter(({ verdict }) => verdict === "rolledBack").length;
  const allowed = (policy.failedPctMax / 100) * Math.max(counted.length, policy.judgedMin);
  if (back === 0 && failed.length <= allowed) return null;
  const pattern = failurePattern(
    counted.map((unit) => ({ failed: isFailed(unit), features: unit.features })),
  );
  const what =
    back > 0
      ? `${back} of what was shipped had to be rolled back`
      : `${failed.length} of ${counted.length} judged pull requests failed, and at most ${policy.failedPctMax}% may`;
  return { reason: pattern === null ? what : `${what}. ${patternText(pattern)}`, pattern };
}

function isFailed({ verdict }: ScoredUnit): boolean {
  return verdict === "fail" || verdict === "rolledBack";
}
