import { isSilent } from "#domain/rollout/attestation.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { planKills } from "#domain/reconcile/kills.ts";
import { regionAlarms } from "#domain/rollout/region-alarms.ts";
import type { ReconcilerContext } from "./context.ts";
import { recentScriptCounts } from "./node-views.ts";

const staleRetryMs = 100;

/** Carries wider kills from region to region and ends expired ones. Returns when to look again, null for "when woken". */
export async function advanceKills(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
): Promise<number | null> {
  if (snapshot.kills.size === 0) return null;
  const nodes = await context.records.listNodes();
  const nowMs = context.clock.now();
  const witnesses = nodes.map((node) => ({
    region: node.region,
    generation: node.report?.document?.generation ?? null,
    isSilent: isSilent(node, nowMs),
  }));
  const alarms = regionAlarms(recentScriptCounts(nodes), null);
  const { changes, said, nextAtMs } = planKills(snapshot, witnesses, alarms, nowMs);
  if (changes.length === 0) return nextAtMs === null ? null : Math.max(0, nextAtMs - nowMs);
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes,
    restsOn: [],
    subject: said.join("; "),
    cause: "kill",
  });
  if (outcome === "stale") return staleRetryMs;
  for (const subject of said) {
    const kill = { atMs: nowMs, actor: "showrunner", action: "kill", subject };
    await context.records.appendAudit({
      ...kill,
      cause: "kills go region by region",
      evidence: {},
      undo: null,
    });
  }
  return 0;
}
