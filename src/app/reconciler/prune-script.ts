import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { planPrune } from "#domain/reconcile/plan-prune.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ReconcilerContext } from "./context.ts";

const staleRetryMs = 100;
/** Between two regions, milliseconds. */
const nextRegionMs = 5_000;
const heldRecheckMs = 60_000;

/** Ends a script that its repository does not declare any more. Returns when to look again, null for "when woken". */
export async function pruneScript(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { name, version }: ScriptRecord,
): Promise<number | null> {
  const scripts = (await context.records.listScripts()).map((script) => ({
    name: script.name,
    version: script.version,
    declared: script.declared,
    prune: script.manifest?.prune ?? true,
  }));
  const plan = planPrune(snapshot, scripts, name, version);
  if (plan.kind === "nothing") return null;
  const key = `${name}@${version}`;
  if (plan.kind === "held") {
    const { scripts: gone, atOnceMax } = plan;
    context.logger.warn(
      { gone, atOnceMax },
      "more scripts are gone from their repositories than caps.removePct allows; they are served on",
    );
    return heldRecheckMs;
  }
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes: plan.changes,
    restsOn: [],
    subject: `${key}: ${plan.region} stops serving it, since no repository declares it any more`,
    cause: `prune ${key}`,
  });
  if (outcome === "stale") {
    await context.fleet.refresh();
    return staleRetryMs;
  }
  await context.queue.wake(["fleet"]);
  const { region } = plan;
  await context.records.appendAudit({
    atMs: context.clock.now(),
    actor: "showrunner",
    action: "prune",
    subject: `${key} in ${region}`,
    cause: "its manifest is gone from the default branch",
    evidence: { region },
    undo: `bring back the manifest of ${key}, or git revert the commit in the fleet repository`,
  });
  return nextRegionMs;
}
