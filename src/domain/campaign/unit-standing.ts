import type { RolloutPhase } from "../rollout/rollout-phase.ts";
import type { CampaignUnit, UnitJudged } from "./campaign-unit.ts";
import type { PullJudgement } from "./judge-pull.ts";

/** How one unit of a campaign stands, in the order in which it goes. */
export type UnitStanding =
  | { readonly kind: "unseen" }
  | { readonly kind: "notNeeded"; readonly why: string }
  /** It needs the upgrade, and its wave has not come. */
  | { readonly kind: "waiting" }
  | { readonly kind: "checking" }
  | { readonly kind: "trying" }
  /** Open, and there is nothing to judge it by. */
  | { readonly kind: "untried"; readonly reason: string }
  | { readonly kind: "judged"; readonly judged: UnitJudged }
  | { readonly kind: "blocked"; readonly reason: string }
  /** Closed by a person. */
  | { readonly kind: "closed" }
  /** Merged, and on its way through the regions. */
  | { readonly kind: "rollingOut" }
  | { readonly kind: "shipped" }
  | { readonly kind: "rolledBack"; readonly reason: string };

/** A merge may change less than its pull request did, and begin fewer rollouts; after this long it is known. */
const ROLLOUT_WITHIN_MS = 120_000;

/** What a merged pull request brought about. */
export interface MergedWork {
  /** Phases of the rollouts that it began. */
  readonly rollouts: readonly RolloutPhase[];
  /** How many it was to begin, as far as its findings told; 0 when nobody knows. */
  readonly expected: number;
}

export function unitStanding(
  unit: CampaignUnit,
  judgement: PullJudgement,
  work: MergedWork,
  /** Why its scripts never want the upgrade; null when they do. */
  refusal: string | null,
  nowMs: number,
): UnitStanding {
  const { look, pull } = unit;
  if (pull?.state === "merged" && unit.judged?.isUnchanged === true) return { kind: "shipped" };
  if (pull?.state === "merged") return mergedStanding(work, nowMs - (pull.endedAtMs ?? nowMs));
  if (pull?.state === "closed") return { kind: "closed" };
  if (look === null) return { kind: "unseen" };
  if (look.result.kind === "blocked") return { kind: "blocked", reason: look.result.reason };
  if (pull === null && look.result.kind === "needed" && refusal !== null)
    return { kind: "blocked", reason: refusal };
  if (pull === null) {
    return look.result.kind === "needed" ? { kind: "waiting" } : { kind: "notNeeded", why: look.result.why };
  }
  if (judgement.kind !== "judged") return judgement;
  const { judged } = unit;
  return judged === null ? { kind: "trying" } : { kind: "judged", judged };
}

function mergedStanding({ rollouts, expected }: MergedWork, ageMs: number): UnitStanding {
  for (const phase of rollouts) {
    if (phase.kind === "rolledBack" || phase.kind === "rollingBack" || phase.kind === "aborted") {
      return { kind: "rolledBack", reason: phase.reason };
    }
  }
  const isOver = rollouts.every(({ kind }) => kind === "completed" || kind === "superseded");
  // Scripts of one repository are built one after another: that the first is through says nothing of the others.
  const haveBegun = rollouts.length >= Math.max(1, expected);
  return isOver && (haveBegun || ageMs >= ROLLOUT_WITHIN_MS) ? { kind: "shipped" } : { kind: "rollingOut" };
}
