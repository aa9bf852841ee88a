import type { CampaignPolicy } from "./campaign-policy.ts";
import type { CampaignUnit, UnitPull } from "./campaign-unit.ts";
import { unitKey } from "./campaign-unit.ts";
import type { ShipCandidate, ShipOrder } from "./plan-ship.ts";
import type { UnitStanding } from "./unit-standing.ts";

/** An open pull request that only a person can move on, and to which nothing has happened for too long. */
export interface Chase<T extends ShipCandidate> {
  readonly candidate: T;
  readonly pull: UnitPull;
  /** When something last happened to it, epoch milliseconds. */
  readonly sinceMs: number;
}

/**
 * The pull requests whose owners are to be reminded now, those that wait longest first. Each is reminded once, whatever
 * becomes of it; what is being built, tried or merged in its turn needs nobody.
 */
export function pullsToChase<T extends ShipCandidate>(
  candidates: readonly T[],
  order: ShipOrder | null,
  policy: Pick<CampaignPolicy, "chaseAfterMs" | "countedSinceMs">,
  nowMs: number,
): Chase<T>[] {
  const ordered = new Set((order?.items ?? []).map(unitKey));
  const due = candidates.flatMap((candidate): Chase<T>[] => {
    const { unit, standing, key } = candidate;
    const { pull } = unit;
    if (pull?.state !== "open" || pull.chase !== undefined) return [];
    if (!needsPerson(standing) || ordered.has(key)) return [];
    // Nobody was to ship anything while the campaign was stopped.
    const sinceMs = Math.max(lastMovedMs(unit, pull), policy.countedSinceMs);
    return nowMs - sinceMs >= policy.chaseAfterMs ? [{ candidate, pull, sinceMs }] : [];
  });
  return due.toSorted((a, b) => a.sinceMs - b.sinceMs || (a.candidate.key < b.candidate.key ? -1 : 1));
}

function needsPerson({ kind }: UnitStanding): boolean {
  return kind === "judged" || kind === "untried" || kind === "blocked";
}

/** When it was opened, pushed to or judged, whichever came last. */
function lastMovedMs({ judged }: CampaignUnit, { openedAtMs, pushedAtMs = 0, headSha }: UnitPull): number {
  return Math.max(openedAtMs, pushedAtMs, judged?.headSha === headSha ? judged.atMs : 0);
}
