import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Clock, GitMirror, PullRequest } from "#domain/ports.ts";
import { affectedScripts } from "#domain/pull-request/affected-scripts.ts";
import type { PlannedScript, PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { canaryIntent } from "#domain/pull-request/canary-intent.ts";
import { untriedCanaryMs } from "#domain/rollout/canary-time.ts";
import { promisedPlan } from "#domain/rollout/promised-plan.ts";
import { stopsFor } from "#domain/rollout/stops.ts";
import type { Records } from "#adapters/store/records.ts";
import { type ManifestReader, checkFleetFiles, fleetFile } from "./repository-manifests.ts";
import type { RevisionBuilder } from "./revision-builder.ts";
import { nodeViews } from "./node-views.ts";
import { scriptPace } from "./script-pace.ts";

interface Assessment {
  readonly mirror: GitMirror;
  readonly pull: {
    readonly base: Pick<PullRequest["base"], "sha">;
    readonly head: Pick<PullRequest["head"], "repositoryId">;
  };
  /** What is looked at: the test merge, or the head where there is none. */
  readonly commit: string;
  readonly fleet: FleetSnapshot | null;
  readonly isFleetRepository: boolean;
  readonly repositoryId: number;
  readonly changedFiles: readonly string[];
  readonly nodes: readonly NodeRecord[];
  readonly manifests: ManifestReader;
  readonly builder: RevisionBuilder;
  readonly clock: Clock;
  readonly records: Pick<Records, "listRolloutsOfScript" | "listRecentRollouts">;
}

/**
 * What merging a pull request would do: its manifests checked, the merge built, every rollout planned. `onBuild` is
 * called before the slow part. Null for a repository that holds nothing of ours.
 */
export async function assessPullRequest(
  assessment: Assessment,
  onBuild: () => Promise<void>,
): Promise<PullRequestFindings | null> {
  const { mirror, pull, commit, changedFiles, clock } = assessment;
  if (assessment.isFleetRepository) {
    if (!changedFiles.some((path) => fleetFile.test(path))) return { kind: "unaffected" };
    const problems = await checkFleetFiles(mirror, commit, clock.now());
    return outcome(problems, [], [], clock.now());
  }
  const { scripts, folders, problems } = await assessment.manifests.read(
    mirror,
    commit,
    assessment.fleet,
    clock.now(),
  );
  const before = await assessment.manifests.read(mirror, pull.base.sha, assessment.fleet, clock.now());
  if (folders.length === 0 && before.folders.length === 0) return null;
  const affected = affectedScripts(folders, changedFiles);
  if (affected.length === 0) return { kind: "unaffected" };
  const own = problems.filter((problem) => affected.some((folder) => isInside(folder, problem.file)));
  const names = affected.map((folder) => {
    const manifest = scripts.get(folder);
    return manifest ? `${manifest.name}@${manifest.version}` : folder;
  });
  if (own.some((problem) => problem.severity === "error"))
    return { kind: "invalid", problems: own, scripts: names };

  await onBuild();
  const planned: PlannedScript[] = [];
  const found: Problem[] = [...own];
  for (const folder of affected) {
    const manifest = scripts.get(folder);
    if (!manifest) continue;
    const result = await planScript(assessment, commit, folder, manifest, before.scripts.get(folder) ?? null);
    if (Array.isArray(result)) found.push(...result);
    else planned.push(result);
  }
  return outcome(found, names, planned, clock.now());
}

function outcome(
  problems: readonly Problem[],
  names: readonly string[],
  planned: readonly PlannedScript[],
  nowMs: number,
): PullRequestFindings {
  if (problems.some((problem) => problem.severity === "error"))
    return { kind: "invalid", problems, scripts: names };
  return { kind: "valid", warnings: problems, scripts: planned, plannedAtMs: nowMs };
}

/** Builds and plans one script; the problems when it cannot be. */
async function planScript(
  { mirror, pull, fleet, nodes, builder, clock, repositoryId, records }: Assessment,
  commit: string,
  folder: string,
  manifest: ScriptManifest,
  trusted: ScriptManifest | null,
): Promise<PlannedScript | Problem[]> {
  const file = folder === "." ? "showrunner.yaml" : `${folder}/showrunner.yaml`;
  const refuse = (code: string, message: string): Problem[] => [
    { file, line: 1, column: 1, severity: "error", code, message },
  ];
  if (!fleet) return refuse("no-fleet", "there is no valid fleet.yaml to plan against");
  const { entry, settings, name, version } = manifest;
  const built = await builder.revision({ mirror, commit, path: folder, entry, settings });
  if (built.kind === "rejected") return [...built.problems];
  const releases = [...releasesOf(fleet, name, version).values()];
  const everywhere = releases.length === fleet.fleet.regions.length;
  if (everywhere && releases.every((release) => release.stable?.digest === built.digest && !release.next)) {
    return { name, version, change: { kind: "sameRevision", digest: built.digest } };
  }
  const nowMs = clock.now();
  const views = nodeViews(nodes, name, version, nowMs);
  const pace = await scriptPace(records, { name, version, views });
  const stops = stopsFor(fleet, name, commit, nowMs);
  const canaryMs = untriedCanaryMs(manifest, fleet.fleet, releasesOf(fleet, name, version));
  const planning = { manifest, fleet: fleet.fleet, nodes, pace, stops, nowMs };
  const planned = promisedPlan({ ...planning, canaryMs });
  if (!planned.ok) return refuse("promise-cannot-be-kept", planned.reason);
  const isTriedOnce = canaryMs > 0 && manifest.canary?.atRollout === "untried";
  const tried = isTriedOnce ? promisedPlan({ ...planning, canaryMs: 0 }) : null;
  const canary = canaryIntent({
    candidate: { digest: built.digest, commit },
    manifest,
    trusted,
    isFork: pull.head.repositoryId !== repositoryId,
    hasStable: releases.some((release) => release.stable !== undefined),
  });
  const plans = { plan: planned.plan, ...(tried?.ok && { triedPlan: tried.plan }) };
  return { name, version, change: { kind: "rollout", digest: built.digest, ...plans, canary } };
}

function isInside(folder: string, file: string): boolean {
  return folder === "." || file.startsWith(`${folder}/`);
}
