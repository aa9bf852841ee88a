import type { KnownRollout } from "../operations/operation-facts.ts";
import { type HoldSubject, holdSubject, servedRevision } from "../operations/plan-hold.ts";
import { atomicGroupOf } from "../operations/target-scripts.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import type { Revision } from "../rollout/rollout-input.ts";
import type { RolloutPhase } from "../rollout/rollout-phase.ts";
import { byRisk } from "./admit-units.ts";
import type { CampaignUnit } from "./campaign-unit.ts";
import type { ShipCandidate } from "./plan-ship.ts";

/** What a merge of the campaign made of one version of a script. */
export interface ShippedRevision {
  readonly script: string;
  readonly version: string;
  readonly revision: Revision;
  /** What most regions served before it; null when that is not known. */
  readonly before: Revision | null;
  readonly phase: RolloutPhase["kind"];
}

export interface RollbackCandidate extends ShipCandidate {
  readonly shipped: readonly ShippedRevision[];
}

export interface RollbackItem {
  readonly unit: CampaignUnit;
  readonly shipped: ShippedRevision;
}

export interface RollbackPlan {
  /** Still as the campaign shipped it; in the order in which it goes back. */
  readonly items: readonly RollbackItem[];
  /** Merged, and not built yet: it goes back once its rollout begins. */
  readonly coming: number;
  /** Held back, and not gone from every region. */
  readonly underWay: number;
  readonly back: number;
  /** What stays, with why. */
  readonly left: readonly (RollbackItem & { readonly why: string })[];
}

type Fate = { readonly kind: "item" | "underWay" | "back" } | { readonly kind: "left"; readonly why: string };

/**
 * What taking everything back that a campaign shipped comes to: the most risk first, which shipped last. `order` is the
 * one that is on, which takes each script back once; null plans a new one.
 */
export function planCampaignRollback(
  candidates: readonly RollbackCandidate[],
  snapshot: Pick<FleetSnapshot, "holds" | "releases" | "groups">,
  rollouts: readonly KnownRollout[],
  order: string | null,
): RollbackPlan {
  const items: RollbackItem[] = [];
  const left: (RollbackItem & { why: string })[] = [];
  const counts = { underWay: 0, back: 0 };
  for (const { unit, shipped } of candidates.toSorted((a, b) => byRisk(b, a))) {
    const taken = unit.takenBack?.order === order ? unit.takenBack?.scripts : undefined;
    for (const one of shipped) {
      const subject = holdSubject(
        snapshot,
        { rollouts, earlier: new Map() },
        { name: one.script, version: one.version },
      );
      const fate = fateOf(one, subject, atomicGroupOf(snapshot, one.script), taken?.[subject.key]);
      if (fate.kind === "item") items.push({ unit, shipped: one });
      else if (fate.kind === "left") left.push({ unit, shipped: one, why: fate.why });
      else counts[fate.kind] += 1;
    }
  }
  const coming = candidates.filter(
    ({ standing, shipped }) => standing.kind === "rollingOut" && shipped.length === 0,
  );
  return { items, left, ...counts, coming: coming.length };
}

/** `taken` is what the order came to before: undefined when it was not there yet. */
function fateOf(
  { revision, phase }: ShippedRevision,
  subject: HoldSubject,
  group: string | null,
  taken: string | null | undefined,
): Fate {
  const { hold, releases } = subject;
  if (hold && hold.mode !== "pause" && hold.revision?.digest === revision.digest) {
    // Without another one to go to, a region keeps what it has.
    const isLeaving = [...releases.values()].some(
      ({ stable, next }) =>
        next?.digest === revision.digest || (hold.to !== undefined && stable?.digest === revision.digest),
    );
    return { kind: isLeaving ? "underWay" : "back" };
  }
  const newest = servedRevision(subject);
  if (newest?.digest !== revision.digest) {
    if (phase === "rollingBack" || phase === "rolledBack" || phase === "aborted") return { kind: "back" };
    const why = newest === null ? "no region serves it" : `it has moved on to ${newest.commit.slice(0, 7)}`;
    return { kind: "left", why };
  }
  if (taken === null) return { kind: "left", why: "it was sent out again since" };
  if (taken !== undefined) return { kind: "left", why: taken };
  if (group !== null)
    return { kind: "left", why: `it changes together with others: showrunner rollback group:${group}` };
  return { kind: "item" };
}
