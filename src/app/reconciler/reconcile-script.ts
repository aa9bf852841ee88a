import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import { releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { type RolloutDecision, decideRollout } from "#domain/rollout/decide-rollout.ts";
import { regionAlarms } from "#domain/rollout/region-alarms.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import { stopsFor } from "#domain/rollout/stops.ts";
import type { Hold, Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { executeDecision } from "./execute-decision.ts";
import { nodeViews, recentScriptCounts } from "./node-views.ts";
import { rebuildLostBundles } from "./rebuild-lost-bundles.ts";
import { proposeRevert } from "./propose-revert.ts";
import { type RolloutSubject, rememberedRollout } from "./rollout-effects.ts";

const noFleetRetryMs = 5_000;
/** Nodes that a new store does not know yet find out at their next report, and register: three reports' time, milliseconds. */
const settleMs = 15_000;

/** Moves one version of a script towards what its repository's default branch says. Returns when to look again, null for "when woken". */
export async function reconcileScript(
  context: ReconcilerContext,
  name: string,
  version: string,
): Promise<number | null> {
  const script = await context.records.findScript(name, version);
  if (!script?.manifest || !script.declared) return null;
  const repository = await context.records.findRepository(script.repositoryId);
  if (!repository) return null;
  const snapshot = await context.fleet.current();
  if (!snapshot) return noFleetRetryMs;

  const mirror = context.mirrorOf(repository);
  if (!(await mirror.has(script.commit))) await mirror.sync();
  const releases = releasesOf(snapshot, name, version);
  await rebuildLostBundles(context, mirror, releases);
  const hold = snapshot.holds.get(`${name}@${version}`) ?? null;
  const found = await targetRevision(context, mirror, script, script.manifest, releases, hold);
  if (!found) return null;
  const { target, isBuilt } = found;

  const { clock, records } = context;
  // With half of the nodes known, half of the nodes would be taken for all.
  const unsettledMs = (await records.storeBornAtMs()) + settleMs - clock.now();
  if (unsettledMs > 0) return unsettledMs;
  const subject: RolloutSubject = { repository, script: name, version, target };
  const memory = await rememberedRollout(context, subject);
  const nodes = await records.listNodes();
  const nowMs = clock.now();
  const decision = decideRollout({
    nowMs,
    manifest: script.manifest,
    source: { repoId: repository.id, repo: repository.fullName, path: script.path },
    fleet: snapshot.fleet,
    target,
    releases,
    nodes: nodeViews(nodes, name, version, nowMs),
    hold,
    stops: stopsFor(snapshot, name, target.commit, nowMs),
    alarms: regionAlarms(recentScriptCounts(nodes), name),
    memory,
  });
  const againMs = await executeDecision(context, snapshot, subject, decision);
  if (isBuilt && isEverywhere(decision) && script.servedCommit !== script.commit)
    await records.markScriptServed(name, version, script.commit);
  const held = decision.holdChange.kind === "put" ? decision.holdChange.hold : hold;
  if (held?.mode === "rollback" && held.revision?.digest === target.digest)
    await proposeRevert(context, mirror, script, repository, held);
  return againMs;
}

/** Every region has the target as its stable revision, in git and not only by what is about to be written. */
function isEverywhere(decision: RolloutDecision): boolean {
  if (decision.writes.length > 0) return false;
  return decision.kind === "idle" || decision.phase.kind === "completed";
}

interface FoundTarget {
  readonly target: Revision;
  /** False while the merged commit cannot be built, and the target is what there was before it. */
  readonly isBuilt: boolean;
}

/** What the merged commit builds to; while that cannot be built, what is on its way or stable already. */
async function targetRevision(
  context: ReconcilerContext,
  mirror: GitMirror,
  script: ScriptRecord,
  manifest: ScriptManifest,
  releases: ReadonlyMap<string, Release>,
  hold: Hold | null,
): Promise<FoundTarget | null> {
  const { entry, settings } = manifest;
  const built = await context.builder.revision({
    mirror,
    commit: script.commit,
    path: script.path,
    entry,
    settings,
  });
  const known = [...releases.values()];
  const nexts = known.map((release) => release.next).filter((next) => next !== undefined);
  const stables = known.map((release) => release.stable).filter((stable) => stable !== undefined);
  if (built.kind === "rejected") {
    context.logger.warn(
      { script: script.name, problems: built.problems },
      "the merged commit cannot be built; what runs stays",
    );
    // A commit that cannot be built is no way out of a hold.
    const before = hold?.revision ?? nexts[0] ?? stables[0];
    return before ? { target: before, isBuilt: false } : null;
  }
  // A later commit that leaves the script as it was gives the same digest: the rollout under way keeps its identity.
  const same = [...nexts, ...stables, ...(hold?.revision ? [hold.revision] : [])].find(
    (revision) => revision.digest === built.digest,
  );
  return { target: same ?? { digest: built.digest, commit: script.commit }, isBuilt: true };
}
