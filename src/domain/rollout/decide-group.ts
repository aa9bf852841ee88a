import type { Hold } from "#schemas/types.ts";
import { type RolloutDecision, decideRollout, rolloutId } from "./decide-rollout.ts";
import type { RolloutInput } from "./rollout-input.ts";

/**
 * What to do for scripts that change together: each is decided by itself, and none moves unless all that are not done
 * yet move. What fails in one is taken back in all. By the same keys.
 */
export function decideGroup(members: ReadonlyMap<string, RolloutInput>): Map<string, RolloutDecision> {
  const decisions = new Map([...members].map(([key, input]) => [key, decideRollout(input)]));
  const fault = faultIn(members, decisions);
  if (fault) {
    for (const [key, input] of members) {
      if (key === fault.key || isHeldBack(input)) continue;
      decisions.set(key, takenBack(input, fault.key, fault.hold));
    }
    return decisions;
  }
  const open = [...decisions.values()].filter((decision) => isOpen(decision));
  if (open.every((decision) => decision.writes.length > 0 || isWithdrawing(decision))) return decisions;
  return new Map(
    [...decisions].map(([key, decision]) => [
      key,
      isOpen(decision) && !isWithdrawing(decision) ? { ...decision, writes: [] } : decision,
    ]),
  );
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

function isHeldBack({ hold, target }: RolloutInput): boolean {
  return hold !== null && hold.mode !== "pause" && hold.revision?.digest === target.digest;
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

/** Whether it has something to do: not idle, and not waiting for its end to be in git. */
function isOpen(decision: RolloutDecision): boolean {
  return decision.kind === "active" && !(decision.phase.kind === "completed" && decision.writes.length === 0);
}

/** Taking back what was on its way before needs no company. */
function isWithdrawing(decision: RolloutDecision): boolean {
  return decision.kind === "active" && decision.phase.kind === "withdrawing";
}
