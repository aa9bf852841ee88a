import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { type RolloutDecision, decideRollout } from "#domain/rollout/decide-rollout.ts";
import type { ReconcilerContext } from "./context.ts";
import { executeDecisions } from "./execute-decision.ts";
import { type ObservedScript, observeScript } from "./observe-script.ts";
import { pruneScript } from "./prune-script.ts";
import { proposeRevert } from "./propose-revert.ts";
import { decideTogether } from "./reconcile-change.ts";
import { tryFirstWave } from "./try-first-wave.ts";

const noFleetRetryMs = 5_000;
const incompleteRetryMs = 5_000;
/** Nodes that a new store does not know yet find out at their next report, and register: three reports' time, milliseconds. */
const settleMs = 15_000;

/** Moves one version of a script towards what its repository's default branch says. Returns when to look again, null for "when woken". */
export async function reconcileScript(
  context: ReconcilerContext,
  name: string,
  version: string,
): Promise<number | null> {
  const { clock, records } = context;
  const script = await records.findScript(name, version);
  if (!script?.manifest) return null;
  const snapshot = await context.fleet.current();
  if (!snapshot) return noFleetRetryMs;
  if (!script.declared) return pruneScript(context, snapshot, script);
  // With half of the nodes known, half of the nodes would be taken for all.
  const ageMs = clock.now() - (await records.storeBornAtMs());
  // Below 0 the clock was set back, and the store is older than it looks.
  const unsettledMs = ageMs >= 0 ? settleMs - ageMs : 0;
  const nodes = await records.listNodes();
  const observed = await observeScript(context, snapshot, nodes, name, version);
  if (!observed) return null;
  if (unsettledMs > 0) return unsettledMs;
  const together = await decideTogether(context, snapshot, nodes, observed);
  if (together.kind === "led") {
    await context.queue.wake([together.by]);
    return null;
  }
  if (together.kind === "incomplete") return incompleteRetryMs;
  const decided =
    together.kind === "decided" ? together.decisions : new Map([[observed, decideRollout(observed.input)]]);
  const againMs = await executeDecisions(context, snapshot, decided);
  for (const [member, decision] of decided) {
    await tryFirstWave(context, member, decision);
    await conclude(context, snapshot, member, decision);
  }
  return againMs;
}

/** What follows from a decision once it is in git. */
async function conclude(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { script, mirror, subject, isBuilt }: ObservedScript,
  decision: RolloutDecision,
): Promise<void> {
  const { name, version } = script;
  const served = { commit: script.commit, digest: subject.target.digest };
  const isKnown = script.servedCommit === served.commit && script.servedDigest === served.digest;
  if (isBuilt && isEverywhere(decision) && !isKnown)
    await context.records.markScriptServed(name, version, served);
  const { holdChange } = decision;
  const hold = holdChange.kind === "put" ? holdChange.hold : snapshot.holds.get(`${name}@${version}`);
  if (hold?.mode === "rollback" && hold.revision?.digest === subject.target.digest)
    await proposeRevert(context, mirror, script, subject.repository, hold);
}

/** Every region has the target as its stable revision, in git and not only by what is about to be written. */
function isEverywhere(decision: RolloutDecision): boolean {
  if (decision.writes.length > 0) return false;
  return decision.kind === "idle" || decision.phase.kind === "completed";
}
