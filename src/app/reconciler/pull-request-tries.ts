import { observePeriods } from "#domain/canary/observe-periods.ts";
import type { PeriodObservation } from "#domain/canary/observations.ts";
import {
  type PullRequestCanaries,
  type ScriptCanary,
  pullRequestCanaries,
} from "#domain/canary/pull-request-canaries.ts";
import type { Run, RunStop } from "#domain/canary/run.ts";
import type { PullRequest, Repository } from "#domain/ports.ts";
import type { PlannedScript } from "#domain/pull-request/pull-request-findings.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import type { ShownCanaries } from "#app/presentation/canary-check.ts";
import type { ReconcilerContext } from "./context.ts";

const runsLookedAt = 100;
const othersLookedAt = 10;

/** Asks for the canaries that an open pull request wants, stops those that are out of date, and tells how all stand. */
export async function tryPullRequest(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  scripts: readonly PlannedScript[],
): Promise<ShownCanaries> {
  const { records, clock } = context;
  const snapshot = await context.fleet.current();
  const nowMs = clock.now();
  const wanted = pullRequestCanaries({
    nowMs,
    repositoryId: repository.id,
    pull: pull.number,
    headSha: pull.head.sha,
    scripts,
    runs: await records.listCanaryRunsOfPullRequest(
      { repositoryId: repository.id, pull: pull.number },
      runsLookedAt,
    ),
    others: await runsOfCandidates(context, scripts),
    stableDigests: stableDigests(snapshot, scripts),
  });
  await act(context, wanted);
  return {
    canaries: wanted.shown,
    periods: await periodsOf(context, wanted.shown),
    nowMs,
    publicUrl: context.publicUrl,
  };
}

/** Ends the runs of a pull request that is not open any more. */
export async function endTries(
  context: ReconcilerContext,
  repositoryId: number,
  pull: number,
  stop: RunStop,
): Promise<void> {
  const runs = await context.records.listCanaryRunsOfPullRequest({ repositoryId, pull }, runsLookedAt);
  const open = runs.filter(({ phase }) => phase.kind !== "ended");
  for (const run of open) await context.records.stopCanaryRun(run.id, stop);
  await wakeAll(context, open);
}

async function act(context: ReconcilerContext, { requests, stops }: PullRequestCanaries): Promise<void> {
  for (const { run, stop } of stops) await context.records.stopCanaryRun(run.id, stop);
  for (const run of requests) await context.records.requestCanaryRun(run);
  await wakeAll(context, [...requests, ...stops.map(({ run }) => run)]);
}

async function wakeAll({ queue }: ReconcilerContext, runs: readonly Run[]): Promise<void> {
  if (runs.length > 0)
    await queue.wake(runs.map(({ script, version }) => `canary:${script}@${version}` as const));
}

async function runsOfCandidates(
  { records }: ReconcilerContext,
  scripts: readonly PlannedScript[],
): Promise<Run[]> {
  const found: Run[] = [];
  for (const { name, version, change } of scripts) {
    found.push(...(await records.listCanaryRunsOfCandidate(name, version, change.digest, othersLookedAt)));
  }
  return found;
}

function stableDigests(
  snapshot: FleetSnapshot | null,
  scripts: readonly PlannedScript[],
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, version } of scripts) {
    const releases = snapshot ? [...releasesOf(snapshot, name, version).values()] : [];
    const digests = releases.flatMap(({ stable }) => (stable ? [stable.digest] : []));
    found.set(`${name}@${version}`, new Set(digests));
  }
  return found;
}

/** What was measured, for the plots of runs that have ended: one under way would be drawn anew every few seconds. */
async function periodsOf(
  { measurementSource, clock }: ReconcilerContext,
  shown: readonly ScriptCanary[],
): Promise<Map<string, readonly PeriodObservation[]>> {
  const found = new Map<string, readonly PeriodObservation[]>();
  for (const canary of shown) {
    if (canary.kind !== "run" || canary.run.phase.kind !== "ended") continue;
    const { course, serving, endedAtMs } = canary.run.phase;
    if (course === null || serving === null) continue;
    const measurements = await measurementSource.measurements(canary.run, clock.now());
    const untilMs = Math.min(endedAtMs, course.expiresAtMs);
    found.set(
      canary.run.id,
      observePeriods({ ...serving, untilMs, windowMs: course.windowMs }, measurements, new Map()),
    );
  }
  return found;
}
