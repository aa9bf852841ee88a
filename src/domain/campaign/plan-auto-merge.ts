import type { UpgradesPolicy } from "../manifest/upgrades-policy.ts";
import { byRisk } from "./admit-units.ts";
import type { CampaignUnit } from "./campaign-unit.ts";
import type { ShipCandidate, ShipItem } from "./plan-ship.ts";
import { STEPS, stepSize } from "./step-size.ts";

export interface AutoMergeCandidate extends ShipCandidate {
  /** Of each of its scripts; null for one whose manifest has none. */
  readonly policies: readonly (UpgradesPolicy | null)[];
}

/**
 * The pull requests that merge without a person: passed by their canaries, with the score and the kind of change that the
 * policy of every script in them allows. At most so many that `atOnceMax` rollouts are under way; little risk first.
 */
export function planAutoMerge(candidates: readonly AutoMergeCandidate[], atOnceMax: number): ShipItem[] {
  const underWay = candidates.filter(({ standing }) => standing.kind === "rollingOut").length;
  const items = candidates.toSorted(byRisk).flatMap(({ unit, standing, policies }): ShipItem[] => {
    const { pull, repositoryId, base } = unit;
    if (pull?.state !== "open" || standing.kind !== "judged") return [];
    const { verdict, score, headSha } = standing.judged;
    if (verdict !== "pass" || score === null || pull.headSha !== headSha) return [];
    if (pull.refusedSha === headSha) return [];
    const isAllowed = policies.every(
      (policy) =>
        policy?.autoMerge != null &&
        score >= policy.autoMerge.minScore &&
        sizeOf(unit, pull.version) <= STEPS.indexOf(policy.autoMerge.upTo),
    );
    return isAllowed && policies.length > 0
      ? [{ repositoryId, base, number: pull.number, headSha, score }]
      : [];
  });
  return items.slice(0, Math.max(0, atOnceMax - underWay));
}

/** The largest step among its uses, as an index of STEPS; beyond them all when one is not known. */
function sizeOf({ look }: CampaignUnit, version: string): number {
  const uses = look?.uses ?? [];
  if (uses.length === 0) return STEPS.length;
  return Math.max(...uses.map(({ from }) => (from === null ? STEPS.length : stepSize(from, version))));
}
