import type { RolloutDecision } from "./decide-rollout.ts";

/**
 * The decisions of scripts that change together, without what one of them would do in a region ahead of the others: a
 * region's releases of all that have still to move there are written in the same commit, or none is. Likewise on the
 * way back. By the same keys.
 */
export function inStep(decisions: ReadonlyMap<string, RolloutDecision>): Map<string, RolloutDecision> {
  const all = [...decisions.values()];
  return new Map(
    [...decisions].map(([key, decision]) => {
      const writes = decision.writes.filter(({ region }) =>
        companionsOf(decision, all, region).every((other) => writesTo(other, region)),
      );
      return [key, writes.length === decision.writes.length ? decision : { ...decision, writes }];
    }),
  );
}

/** Those that have to move in the region as well, now. */
function companionsOf(
  decision: RolloutDecision,
  all: readonly RolloutDecision[],
  region: string,
): readonly RolloutDecision[] {
  if (isGoingBack(decision))
    return all.filter((other) => isGoingBack(other) && other.phase.regions.includes(region));
  // Nothing new goes anywhere while a companion still takes something back.
  return all.filter((other) => isGoingBack(other) || isToMove(other, region));
}

type Active = Extract<RolloutDecision, { kind: "active" }>;
type GoingBack = Active & { readonly phase: { readonly kind: "rollingBack" | "withdrawing" } };

function isGoingBack(decision: RolloutDecision): decision is GoingBack {
  if (decision.kind === "idle") return false;
  return decision.phase.kind === "rollingBack" || decision.phase.kind === "withdrawing";
}

/** Whether the region does not have its target as the stable revision yet, or that is only decided now. */
function isToMove(decision: RolloutDecision, region: string): boolean {
  if (decision.kind === "idle") return false;
  if (decision.phase.kind === "completed") return writesTo(decision, region);
  // One that may not even begin has no account of its regions yet.
  return decision.regions.every((one) => one.region !== region || one.state !== "done");
}

function writesTo({ writes }: RolloutDecision, region: string): boolean {
  return writes.some((write) => write.region === region);
}
