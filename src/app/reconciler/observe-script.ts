import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { regionAlarms } from "#domain/rollout/region-alarms.ts";
import type { Revision, RolloutInput } from "#domain/rollout/rollout-input.ts";
import { stopsFor } from "#domain/rollout/stops.ts";
import type { Hold, Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { newestRevision } from "./newest-revision.ts";
import { nodeViews, othersLatencyMs, recentScriptCounts } from "./node-views.ts";
import { rebuildLostBundles } from "./rebuild-lost-bundles.ts";
import { type RolloutSubject, rememberedRollout } from "./rollout-effects.ts";
import { scriptPace } from "./script-pace.ts";
import { firstWaveRuns } from "./try-first-wave.ts";

/** One version of a script with all that a decision about it needs. */
export interface ObservedScript {
  readonly script: ScriptRecord;
  readonly mirror: GitMirror;
  readonly subject: RolloutSubject;
  readonly input: RolloutInput;
  /** False while the merged commit cannot be built, and the target is what there was before it. */
  readonly isBuilt: boolean;
}

/** Null when there is nothing to decide: not declared, or nothing that could be rolled out. */
export async function observeScript(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  nodes: readonly NodeRecord[],
  name: string,
  version: string,
): Promise<ObservedScript | null> {
  const script = await context.records.findScript(name, version);
  if (!script?.manifest || !script.declared) return null;
  const repository = await context.records.findRepository(script.repositoryId);
  if (!repository) return null;
  const mirror = context.mirrorOf(repository);
  if (!(await mirror.has(script.commit))) await mirror.sync();
  const releases = releasesOf(snapshot, name, version);
  await rebuildLostBundles(context, mirror, releases);
  const hold = snapshot.holds.get(`${name}@${version}`) ?? null;
  const found = await targetRevision(context, mirror, script, script.manifest, releases, hold);
  if (!found) return null;
  const { target, isBuilt } = found;
  const subject: RolloutSubject = { repository, script: name, version, target };
  const memory = await rememberedRollout(context, subject);
  const nowMs = context.clock.now();
  const views = nodeViews(nodes, name, version, nowMs);
  const input: RolloutInput = {
    nowMs,
    manifest: script.manifest,
    source: { repoId: repository.id, repo: repository.fullName, path: script.path },
    fleet: snapshot.fleet,
    target,
    releases,
    nodes: views.map((view) => ({ ...view, listeningSinceMs: context.listeningSinceMs })),
    hold,
    stops: stopsFor(snapshot, name, target.commit, nowMs),
    othersLatencyMs: (region) => othersLatencyMs(nodes, region, name),
    alarms: regionAlarms(recentScriptCounts(nodes), name),
    pace: await scriptPace(context.records, { name, version, views }),
    canaryRuns: await firstWaveRuns(context, snapshot, { manifest: script.manifest, target, releases }),
    memory,
  };
  return { script, mirror, subject, input, isBuilt };
}

interface FoundTarget {
  readonly target: Revision;
  /** False while the merged commit cannot be built, and the target is what there was before it. */
  readonly isBuilt: boolean;
}

/** What the merged commit builds to; while that cannot be built, the newest of what is on its way or stable already. */
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
    const before = hold?.revision ?? (await newestRevision(mirror, [...nexts, ...stables]));
    return before ? { target: before, isBuilt: false } : null;
  }
  // A later commit that leaves the script as it was gives the same digest: the rollout under way keeps its identity.
  const same = [...nexts, ...stables, ...(hold?.revision ? [hold.revision] : [])].find(
    (revision) => revision.digest === built.digest,
  );
  return { target: same ?? { digest: built.digest, commit: script.commit }, isBuilt: true };
}
