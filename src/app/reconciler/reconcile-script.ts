import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import { type RolloutDecision, decideRollout } from "#domain/rollout/decide-rollout.ts";
import type { ReleaseWrite } from "#domain/rollout/release-writes.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { nodeViews } from "./node-views.ts";
import { rebuildLostBundles } from "./rebuild-lost-bundles.ts";
import { type RolloutSubject, rememberedRollout, reportDeployments, saveRollout } from "./rollout-effects.ts";

/** How soon a decision is made anew when somebody else changed the same file meanwhile, milliseconds. */
const staleRetryMs = 100;
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
  const target = await targetRevision(context, mirror, script, script.manifest, releases);
  if (!target) return null;

  const { clock, records } = context;
  // With half of the nodes known, half of the nodes would be taken for all.
  const unsettledMs = (await records.storeBornAtMs()) + settleMs - clock.now();
  if (unsettledMs > 0) return unsettledMs;
  const subject: RolloutSubject = { repository, script: name, version, target };
  const memory = await rememberedRollout(context, subject);
  const decision = decideRollout({
    nowMs: clock.now(),
    manifest: script.manifest,
    source: { repoId: repository.id, repo: repository.fullName, path: script.path },
    fleet: snapshot.fleet,
    target,
    releases,
    nodes: nodeViews(await records.listNodes(), name, version),
    memory,
  });
  return execute(context, snapshot, subject, decision);
}

/** What the merged commit builds to; while that cannot be built, what is on its way or stable already. */
async function targetRevision(
  context: ReconcilerContext,
  mirror: GitMirror,
  script: ScriptRecord,
  manifest: ScriptManifest,
  releases: ReadonlyMap<string, Release>,
): Promise<Revision | null> {
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
    return nexts[0] ?? stables[0] ?? null;
  }
  // A later commit that leaves the script as it was gives the same digest: the rollout under way keeps its identity.
  return (
    [...nexts, ...stables].find((revision) => revision.digest === built.digest) ?? {
      digest: built.digest,
      commit: script.commit,
    }
  );
}

async function execute(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  subject: RolloutSubject,
  decision: RolloutDecision,
): Promise<number | null> {
  if (decision.kind === "idle") {
    return (await commit(context, snapshot, subject, decision.id, decision.writes)) ? null : staleRetryMs;
  }
  const finishes = decision.phase.kind === "completed";
  // The last promotion takes the rollout's mark out of git: what it still has to tell GitHub is told before that.
  if (finishes) await reportDeployments(context, subject, decision);
  if (!(await commit(context, snapshot, subject, decision.memory.id, decision.writes))) return staleRetryMs;
  await saveRollout(context, subject, decision, finishes && decision.writes.length === 0);
  if (!finishes) await reportDeployments(context, subject, decision);
  return finishes && decision.writes.length > 0 ? 0 : decision.requeueAfterMs;
}

/** True when everything is in the fleet repository. */
async function commit(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { script, version }: RolloutSubject,
  cause: string,
  writes: readonly ReleaseWrite[],
): Promise<boolean> {
  if (writes.length === 0) return true;
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes: writes.map(({ region, release }) => ({
      path: releasePath(region, script, version),
      content: releaseText(release),
    })),
    subject: `${script}@${version}: ${writes.map(describeWrite).join("; ")}`,
    cause: `rollout ${cause}`,
  });
  if (outcome === "stale") {
    await context.fleet.refresh();
    return false;
  }
  await context.queue.wake(["fleet"]);
  await context.records.appendEvent({
    atMs: context.clock.now(),
    type: "change",
    data: { script, version },
  });
  return true;
}

function describeWrite({ region, release }: ReleaseWrite): string {
  const { next, stable, rollout } = release;
  if (next)
    return `${region} serves ${next.commit.slice(0, 7)} on ${next.nodesPct}% of nodes (wave ${rollout?.wave ?? 1})`;
  return `${region} is stable at ${stable?.commit.slice(0, 7) ?? "nothing"}`;
}
