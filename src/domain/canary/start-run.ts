import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { CanaryRun as CanaryFile, Release } from "#schemas/types.ts";
import { canaryWindowSeconds } from "./canary-window.ts";
import type { Run, RunCourse } from "./run.ts";

export type Start =
  | { readonly kind: "start"; readonly course: RunCourse }
  | { readonly kind: "refuse"; readonly reason: string };

/**
 * Where and how a run goes: in the regions that its policy names (the first wave's when none), as far as one and the
 * same revision is stable there, with the share that the fleet allows.
 */
export function startRun(
  run: Run,
  fleet: FleetManifest,
  firstWave: readonly string[],
  releases: ReadonlyMap<string, Release>,
  nowMs: number,
): Start {
  const { policy, candidate } = run;
  const wanted = policy.regions ?? firstWave;
  const stables = fleet.regions
    .filter(({ name }) => wanted.includes(name))
    .flatMap(({ name }) => {
      const stable = releases.get(name)?.stable;
      return stable === undefined ? [] : [{ region: name, stable }];
    });
  const baseline = stables[0]?.stable;
  if (baseline === undefined)
    return { kind: "refuse", reason: "nothing is stable there yet, so there is nothing to compare with" };
  if (baseline.digest === candidate.digest)
    return { kind: "refuse", reason: "it is the revision that runs already" };
  const regions = stables
    .filter(({ stable }) => stable.digest === baseline.digest)
    .map(({ region }) => region);
  return {
    kind: "start",
    course: {
      baseline: { digest: baseline.digest, commit: baseline.commit },
      regions,
      sharePct: Math.min(policy.sharePct, fleet.caps.canaryExposurePct),
      windowMs: canaryWindowSeconds(policy.maxDurationMs) * 1000,
      startedAtMs: nowMs,
      expiresAtMs: nowMs + policy.maxDurationMs,
    },
  };
}

/** The run as the fleet repository keeps it. */
export function canaryFile(run: Run, course: RunCourse): CanaryFile {
  return {
    kind: "CanaryRun",
    runId: run.id,
    script: run.script,
    version: run.version,
    repoId: run.repositoryId,
    ...(run.pull !== null && { pull: run.pull }),
    headSha: run.headSha,
    baseline: course.baseline,
    candidate: run.candidate,
    regions: [...course.regions],
    sharePct: course.sharePct,
    ...(run.policy.stickyBy !== null && { stickyBy: run.policy.stickyBy }),
    windowSeconds: course.windowMs / 1000,
    startedAt: new Date(course.startedAtMs).toISOString(),
    expiresAt: new Date(course.expiresAtMs).toISOString(),
    cause: run.cause,
  };
}

/** The course that a file tells, for whoever has lost the memory of its run. */
export function courseOfFile(file: CanaryFile): RunCourse {
  return {
    baseline: file.baseline,
    regions: file.regions,
    sharePct: file.sharePct,
    windowMs: (file.windowSeconds ?? 60) * 1000,
    startedAtMs: Date.parse(file.startedAt),
    expiresAtMs: Date.parse(file.expiresAt),
  };
}

/** A run that only the fleet repository knows of, because the store was lost: it goes on with the policy of today. */
export function runOfFile(file: CanaryFile, policy: Run["policy"]): Run {
  return {
    id: file.runId,
    script: file.script,
    version: file.version,
    repositoryId: file.repoId,
    pull: file.pull ?? null,
    headSha: file.headSha,
    cause: file.cause,
    candidate: file.candidate,
    policy,
    requestedAtMs: Date.parse(file.startedAt),
    stop: null,
    phase: { kind: "starting", course: courseOfFile(file) },
  };
}
