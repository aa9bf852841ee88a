import { byRisk, type QueuedUnit } from "./admit-units.ts";
import type { CampaignUnit } from "./campaign-unit.ts";
import { unitKey } from "./campaign-unit.ts";

/** A merge that a ship asks for: exactly the commit that was judged. */
export interface ShipItem {
  readonly repositoryId: number;
  readonly base: string;
  readonly number: number;
  readonly headSha: string;
  readonly score: number;
}

/** A ship that was asked for, and what of it is still to be merged. */
export interface ShipOrder {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly minScore: number;
  readonly items: readonly ShipItem[];
}

export interface ShipCandidate extends QueuedUnit {
  readonly unit: CampaignUnit;
}

export interface ShipPlan {
  /** Little risk first. */
  readonly items: readonly ShipItem[];
  /** Open pull requests that stay, with why. */
  readonly left: readonly { readonly unit: CampaignUnit; readonly why: string }[];
}

/** What shipping everything that scores at least `minScore` would merge. */
export function planShip(candidates: readonly ShipCandidate[], minScore: number): ShipPlan {
  const items: ShipItem[] = [];
  const left: { unit: CampaignUnit; why: string }[] = [];
  for (const { unit, standing } of candidates.toSorted(byRisk)) {
    const { pull, repositoryId, base } = unit;
    if (pull?.state !== "open") continue;
    const why = whyNot(standing, minScore);
    if (why !== null) {
      left.push({ unit, why });
    } else if (standing.kind === "judged") {
      const score = standing.judged.score ?? 0;
      items.push({ repositoryId, base, number: pull.number, headSha: standing.judged.headSha, score });
    }
  }
  return { items, left };
}

/** null when it may ship. */
function whyNot(standing: QueuedUnit["standing"], minScore: number): string | null {
  if (standing.kind === "blocked") return standing.reason;
  if (standing.kind === "untried") return standing.reason;
  if (standing.kind !== "judged") return "its canary has no verdict yet";
  const { verdict, score, reason } = standing.judged;
  if (verdict === "fail" || verdict === "inconclusive") return reason;
  return score === null || score < minScore ? `it scores ${score ?? "nothing"}, below ${minScore}` : null;
}

/**
 * The merges of an order whose turn it is, so many that at most `atOnceMax` rollouts are under way; and those that are
 * not to be merged any more because they were pushed to, closed or merged by somebody.
 */
export function nextShipments(
  order: ShipOrder,
  units: readonly ShipCandidate[],
  atOnceMax: number,
): { readonly merge: readonly ShipItem[]; readonly done: readonly ShipItem[] } {
  const byKey = new Map(units.map((candidate) => [candidate.key, candidate]));
  const underWay = units.filter(({ standing }) => standing.kind === "rollingOut").length;
  const done = order.items.filter((item) => {
    const pull = byKey.get(unitKey(item))?.unit.pull;
    return pull?.state !== "open" || pull.headSha !== item.headSha;
  });
  const waiting = order.items.filter((item) => !done.includes(item));
  return { merge: waiting.slice(0, Math.max(0, atOnceMax - underWay)), done };
}
