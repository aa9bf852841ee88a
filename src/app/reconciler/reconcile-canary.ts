import { isDeepStrictEqual } from "node:util";
import { canaryBlocked } from "#domain/canary/canary-blocked.ts";
import { type CanaryDecision, decideCanary } from "#domain/canary/decide-canary.ts";
import { judgePolicyOf } from "#domain/canary/judge-policy-of.ts";
import { judgeRun } from "#domain/canary/judge-run.ts";
import type { Run, RunPhase } from "#domain/canary/run.ts";
import { runOfFile } from "#domain/canary/start-run.ts";
import { type FleetSnapshot, canariesOf, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { rolloutWaves } from "#domain/rollout/rollout-waves.ts";
import { canaryNodes } from "./canary-nodes.ts";
import type { ReconcilerContext } from "./context.ts";
import { customMetrics } from "./custom-metrics.ts";

const staleRetryMs = 100;
const noFleetRetryMs = 5_000;
const rolloutsLookedAt = 3;

/** Moves the canary runs of one version of a script on. Returns when to look again, null for "when woken". */
export async function reconcileCanary(
  context: ReconcilerContext,
  script: string,
  version: string,
): Promise<number | null> {
  const { records, clock } = context;
  // Read anew each time: a run that another replica committed must be seen before one is started.
  const snapshot = await context.fleet.refresh();
  if (!snapshot) return noFleetRetryMs;
  const runs = await knownRuns(context, snapshot, script, version);
  const files = canariesOf(snapshot, script, version);
  if (runs.length === 0 && files.length === 0) return null;
  const manifest = (await records.findScript(script, version))?.manifest;
  const nowMs = clock.now();
  const active = runs.find(({ phase }) => phase.kind === "running");
  const history = active ? await context.measurementSource.history(active) : {};
  const decision = decideCanary({
    nowMs,
    fleet: snapshot.fleet,
    firstWave: manifest ? (rolloutWaves(manifest.rollout, snapshot.fleet)[0] ?? []) : [],
    releases: releasesOf(snapshot, script, version),
    blocked: canaryBlocked(snapshot, script, version, nowMs),
    isRolloutBeginning: await isRolloutBeginning(context, script, version),
    runs,
    files,
    nodes: canaryNodes(await records.listNodes(), script, version),
    measurements: active ? await context.measurementSource.measurements(active, nowMs) : [],
    custom: active ? await customMetrics(context, active) : new Map(),
    judge: (run, course, serving, periods, atMs) =>
      judgeRun({ policy: judgePolicyOf(run.policy, course, serving, history), periods, nowMs: atMs }),
  });
  if (!(await commit(context, snapshot, `${script}@${version}`, decision))) return staleRetryMs;
  await keep(context, runs, decision);
  return decision.requeueAfterMs;
}

/** Whether a rollout of this version tries its revision now: until it has begun or ended, nothing else gets its turn. */
async function isRolloutBeginning(
  { records }: ReconcilerContext,
  script: string,
  version: string,
): Promise<boolean> {
  const rollouts = await records.listRolloutsOfScript(script, version, rolloutsLookedAt);
  return rollouts.some(
    ({ completedAtMs, state }) => completedAtMs === null && state.phase.kind === "canarying",
  );
}

/** Those of the store, and those that only the fleet repository knows, because the store was lost. */
async function knownRuns(
  { records }: ReconcilerContext,
  snapshot: FleetSnapshot,
  script: string,
  version: string,
): Promise<Run[]> {
  const open = await records.listOpenCanaryRuns(script, version);
  const policy = (await records.findScript(script, version))?.manifest?.canary ?? null;
  const adopted: Run[] = [];
  for (const file of canariesOf(snapshot, script, version)) {
    if (open.some(({ id }) => id === file.runId) || (await records.findCanaryRun(file.runId))) continue;
    // Nobody knows how it was to be judged any more: its file is taken out.
    if (policy === null) continue;
    const run = runOfFile(file, policy);
    await records.requestCanaryRun(run);
    adopted.push(run);
  }
  return [...adopted, ...open];
}

/** True when everything is in the fleet repository. */
async function commit(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  name: string,
  { changes, runs }: CanaryDecision,
): Promise<boolean> {
  if (changes.length === 0) return true;
  const added = changes.some(({ content }) => content !== null);
  const removed = changes.some(({ content }) => content === null);
  const verb = added ? (removed ? "the next canary begins" : "a canary begins") : "the canary is over";
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes,
    restsOn: [],
    subject: `${name}: ${verb}`,
    cause: `canary ${runs[0]?.id ?? "unknown"}`,
  });
  if (outcome === "stale") return false;
  await context.queue.wake(["fleet"]);
  return true;
}

/** A rollout waits for its canary's start and end, not for each look between. */
function isStep(before: RunPhase | null, after: RunPhase): boolean {
  return before?.kind !== after.kind;
}

/** Keeps what has changed, and wakes the pull requests that show it and the rollouts that wait for it. */
async function keep(
  { records, queue, clock }: ReconcilerContext,
  before: readonly Run[],
  decision: CanaryDecision,
): Promise<void> {
  for (const run of decision.runs) {
    const old = before.find(({ id }) => id === run.id);
    if (isDeepStrictEqual(old?.phase, run.phase)) continue;
    await records.saveCanaryPhase(run.id, run.phase);
    const { id, script, version, pull, repositoryId } = run;
    await records.appendEvent({
      atMs: clock.now(),
      type: "change",
      data: { canary: id, script, version, phase: run.phase.kind },
    });
    if (pull !== null) await queue.wake([`pr:${repositoryId}#${pull}`]);
    if (run.cause === "rollout" && isStep(old?.phase ?? null, run.phase))
      await queue.wake([`script:${script}@${version}`]);
  }
}
