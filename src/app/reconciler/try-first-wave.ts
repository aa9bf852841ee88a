import type { Run } from "#domain/canary/run.ts";
import { runOfFile } from "#domain/canary/start-run.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import { type FleetSnapshot, canariesOf } from "#domain/reconcile/fleet-snapshot.ts";
import type { RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";

const runsLookedAt = 20;

interface TriedScript {
  readonly manifest: ScriptManifest;
  readonly target: Revision;
  readonly releases: ReadonlyMap<string, Release>;
}

/**
 * The canary runs that a rollout's decision looks at: of its target, and those that rollouts of this version asked for
 * and that have not ended. A run that only the fleet repository knows, because the store was lost, is among them. Most
 * scripts have none and are at rest, and for them nothing is asked.
 */
export async function firstWaveRuns(
  { records }: ReconcilerContext,
  snapshot: FleetSnapshot,
  { manifest, target, releases }: TriedScript,
): Promise<readonly Run[]> {
  const { name, version, canary } = manifest;
  const files = canariesOf(snapshot, name, version).filter(({ cause }) => cause === "rollout");
  const isAtRest = [...releases.values()].every(
    ({ stable, next }) => stable?.digest === target.digest && !next,
  );
  if (files.length === 0 && (canary === null || isAtRest)) return [];
  const open = (await records.listOpenCanaryRuns(name, version)).filter(({ cause }) => cause === "rollout");
  const ended = await records.listCanaryRunsOfCandidate(name, version, target.digest, runsLookedAt);
  const known = [...open, ...ended];
  const lost = files.filter((file) => canary !== null && !known.some(({ id }) => id === file.runId));
  return [...known, ...lost.flatMap((file) => (canary === null ? [] : [runOfFile(file, canary)]))];
}

interface Tried {
  readonly script: { readonly name: string; readonly version: string };
  readonly input: { readonly canaryRuns: readonly Run[] };
}

/** Asks for the canary that the first wave waits for, and ends all others that rollouts of this version asked for. */
export async function tryFirstWave(
  { records, queue }: ReconcilerContext,
  { script, input: { canaryRuns } }: Tried,
  decision: RolloutDecision,
): Promise<void> {
  const wanted = decision.kind === "active" ? decision.canary : null;
  const left = canaryRuns.filter(
    ({ id, cause, phase, stop }) =>
      cause === "rollout" && phase.kind !== "ended" && stop === null && id !== wanted?.id,
  );
  for (const { id } of left) await records.stopCanaryRun(id, { kind: "rolloutLeft", why: whyLeft(decision) });
  const isNew = wanted !== null && !canaryRuns.some(({ id }) => id === wanted.id);
  if (isNew) await records.requestCanaryRun(wanted);
  if (isNew || left.length > 0) await queue.wake([`canary:${script.name}@${script.version}`]);
}

function whyLeft(decision: RolloutDecision): string {
  const phase = decision.kind === "active" ? decision.phase.kind : "idle";
  switch (phase) {
    case "paused":
      return "its rollout was paused";
    case "frozen":
      return "its rollout was frozen";
    case "rollingBack":
    case "rolledBack":
    case "aborted":
      return "its rollout was taken back";
    default:
      return "its rollout does not wait for it any more";
  }
}
