import type { Hold } from "#schemas/types.ts";
import { type RolloutDecision, decideRollout, rolloutId } from "./decide-rollout.ts";
import { inStep } from "./in-step.ts";
import { isHeldBack } from "./is-held-back.ts";
import { worstRegions } from "./retreat.ts";
import type { RolloutInput } from "./rollout-input.ts";

/**
 * What to do for scripts that change together: each is decided by itself, and none moves in a region unless all that are
 * not done there move. What fails in one is taken back in all. By the same keys.
 */
export function decideGroup(members: ReadonlyMap<string, RolloutInput>): Map<string, RolloutDecision> {
  const retreatOrder = worstRegions([...members.values()]);
  const inputs = new Map([...members].map(([key, input]) => [key, { ...input, retreatOrder }]));
  const decisions = new Map([...inputs].map(([key, input]) => [key, decideRollout(input)]));
  const fault = faultIn(inputs, decisions);
  if (fault !== null) {
    for (const [key, input] of inputs) {
      if (key === fault.key || isHeldBack(input)) continue;
      decisions.set(key, takenBack(input, fault.key, fault.hold));
    }
  }
  const together = inStep(decisions);
  for (const [key, input] of inputs) {
    // One whose last promotion has to wait is not complete.
    if (isCompletedBy(decisions.get(key)) && !isCompletedBy(together.get(key)))
      together.set(key, decideRollout({ ...input, waitsForOthers: true }));
  }
  return together;
}

function isCompletedBy(decision: RolloutDecision | undefined): boolean {
  return decision?.kind === "active" && decision.phase.kind === "completed" && decision.writes.length > 0;
}

/** The hold that takes one member's target back, decided now or in force. */
function faultIn(
  members: ReadonlyMap<string, RolloutInput>,
  decisions: ReadonlyMap<string, RolloutDecision>,
): { readonly key: string; readonly hold: Hold } | null {
  for (const [key, decision] of decisions) {
    if (decision.holdChange.kind === "put") return { key, hold: decision.holdChange.hold };
  }
  for (const [key, input] of members) {
    if (input.hold && isHeldBack(input)) return { key, hold: input.hold };
  }
  return null;
}

/** The decision for a member whose companion is taken back: the same way, for that reason. */
function takenBack(input: RolloutInput, companion: string, cause: Hold): RolloutDecision {
  const { manifest, target } = input;
  const before = [...input.releases.values()]
    .map((release) => release.stable)
    .find((stable) => stable !== undefined && stable.digest !== target.digest);
  const to = cause.mode === "rollback" ? (before ?? previousOf(input)) : null;
  const hold: Hold = {
    kind: "Hold",
    script: manifest.name,
    version: manifest.version,
    mode: cause.mode,
    revision: { digest: target.digest, commit: target.commit },
    ...(to && { to: { digest: to.digest, commit: to.commit } }),
    reason: `It changes together with ${companion}, which was taken back: ${cause.reason}`.slice(0, 1000),
    by: cause.by,
    at: new Date(input.nowMs).toISOString(),
  };
  return { ...decideRollout({ ...input, hold }), holdChange: { kind: "put", hold } };
}

function previousOf({ memory, manifest, target }: RolloutInput): Hold["to"] | null {
  return memory?.id === rolloutId(manifest, target) ? memory.previous : null;
}
