import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import { tell } from "#app/notify/tell.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { Deployment, Repository } from "#domain/ports.ts";
import { rolloutNotice } from "#domain/notify/rollout-notice.ts";
import type { RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { RegionProgress } from "#domain/rollout/region-progress.ts";
import type { Revision, RolloutMemory } from "#domain/rollout/rollout-input.ts";
import type { RolloutState } from "#domain/rollout/rollout-state.ts";
import type { ReconcilerContext } from "./context.ts";

/** How soon a pull request's comment tells of another step, milliseconds: what comes within it is told at once. */
const stepDelayMs = 500;
/** How often it tells how far a step is: pages show that as it happens, and edits count against GitHub's limits. */
const progressDelayMs = 10_000;
/** Older rollouts of a script than this many have long ended. */
const rolloutsLookedAt = 10;

export interface RolloutSubject {
  readonly repository: Repository;
  readonly script: string;
  readonly version: string;
  readonly target: Revision;
}

type ActiveDecision = Extract<RolloutDecision, { kind: "active" }>;

/** What the store remembers of the rollout to this target, if it has not ended. */
export async function rememberedRollout(
  context: ReconcilerContext,
  subject: RolloutSubject,
): Promise<RolloutMemory | null> {
  const { target } = subject;
  const row = (await openRollouts(context, subject)).find(
    (rollout) => rollout.digest === target.digest && rollout.commit === target.commit,
  );
  if (!row) return null;
  const { id, startedAtMs, promisedByMs, bake, state } = row;
  const { unproven, baselines = {}, waveStartedAtMs = {}, lateSinceMs = {}, previous = null } = state;
  const observed = { unproven, baselines, waveStartedAtMs, lateSinceMs, previous };
  return { id, startedAtMs, promisedByMs, bakeStartedAtMs: bake, ...observed };
}

async function openRollouts(
  context: ReconcilerContext,
  { script, version }: RolloutSubject,
): Promise<RolloutRecord[]> {
  const latest = await context.records.listRolloutsOfScript(script, version, rolloutsLookedAt);
  return latest.filter((rollout) => rollout.completedAtMs === null);
}

/** Records the decision, closes older rollouts of the script, and wakes the pull request's comment. */
export async function saveRollout(
  context: ReconcilerContext,
  subject: RolloutSubject,
  decision: ActiveDecision,
  isOver: boolean,
): Promise<void> {
  const { records, queue, clock } = context;
  const { repository, script, version, target } = subject;
  const { memory, phase, regions, percent, expectedByMs } = decision;
  const before = await records.findRollout(memory.id);
  const pullNumber = before ? before.pullNumber : await pullRequestOf(context, repository, target.commit);
  const waves = Math.max(0, ...regions.map((region) => region.wave));
  // One that has ended is not remembered, and is looked at as if it began now.
  const { startedAtMs, promisedByMs } = isOver && before?.completedAtMs != null ? before : memory;
  const { unproven, baselines, waveStartedAtMs, lateSinceMs, previous } = memory;
  const observed = { unproven, baselines, waveStartedAtMs, lateSinceMs, previous };
  const state: RolloutState = { phase, regions, waves, percent, expectedByMs, ...observed };
  const nowMs = clock.now();
  // Before the record: after a crash between them the same step is found again, and has the same id.
  await tellStep(context, { ...subject, id: memory.id, promisedByMs, state }, before);
  await records.upsertRollout({
    id: memory.id,
    script,
    version,
    repositoryId: repository.id,
    commit: target.commit,
    digest: target.digest,
    pullNumber,
    startedAtMs,
    promisedByMs,
    state,
    bake: memory.bakeStartedAtMs,
    completedAtMs: isOver ? (before?.completedAtMs ?? nowMs) : null,
    updatedAtMs: nowMs,
  });
  await supersedeOthers(context, subject, memory.id);
  // Until the last promotion is in git there is nothing to announce.
  const isEnding = phase.kind === "completed" && !isOver;
  if (isEnding || (before && sameForReaders(before.state, state) && !isOver)) return;
  await records.appendEvent({
    atMs: nowMs,
    type: "change",
    data: { rollout: memory.id, phase: phase.kind, percent },
  });
  if (pullNumber !== null) {
    const isStep = before === null || stepOf(before.state) !== stepOf(state);
    const afterMs = isOver ? 0 : isStep ? stepDelayMs : progressDelayMs;
    await queue.wake([`pr:${repository.id}#${pullNumber}`], { afterMs });
  }
}

function stepOf({ phase, regions }: RolloutState): string {
  return JSON.stringify([phase.kind, regions.map((region) => [region.region, region.state])]);
}

function sameForReaders(a: RolloutState, b: RolloutState): boolean {
  return a.percent === b.percent && JSON.stringify(a.phase) === JSON.stringify(b.phase);
}

/** Ends what the store still counts as under way besides the rollout `id`: another revision has taken its place. */
export async function supersedeOthers(
  context: ReconcilerContext,
  subject: RolloutSubject,
  id: string,
): Promise<void> {
  const { records, queue, clock } = context;
  const { repository, target } = subject;
  for (const rollout of await openRollouts(context, subject)) {
    if (rollout.id === id) continue;
    const by = target.commit.slice(0, 7);
    const nowMs = clock.now();
    await reportAll(context, repository, rollout, "inactive", `superseded by ${by}`);
    const state: RolloutState = { ...rollout.state, phase: { kind: "superseded", by } };
    const old = { digest: rollout.digest, commit: rollout.commit };
    await tellStep(context, { ...subject, ...rollout, target: old, state }, rollout);
    await records.upsertRollout({
      ...rollout,
      state,
      completedAtMs: nowMs,
      updatedAtMs: nowMs,
    });
    if (rollout.pullNumber !== null) await queue.wake([`pr:${repository.id}#${rollout.pullNumber}`]);
  }
}

interface Step extends RolloutSubject {
  readonly id: string;
  readonly promisedByMs: number;
  readonly state: RolloutState;
}

async function tellStep(context: ReconcilerContext, step: Step, before: RolloutRecord | null): Promise<void> {
  const { id, script, version, target, promisedByMs, state } = step;
  const moved = { id, script, version, ...target, promisedByMs, phase: state.phase, percent: state.percent };
  const recorded = before && { phase: before.state.phase, updatedAtMs: before.updatedAtMs };
  const notice = rolloutNotice(moved, recorded, context.clock.now());
  if (notice) await tell(context, notice);
}

async function reportAll(
  context: ReconcilerContext,
  repository: Repository,
  rollout: RolloutRecord,
  state: Deployment["state"],
  stateDescription: string,
): Promise<void> {
  const unfinished = rollout.state.regions.filter((region) => region.state !== "done");
  for (const { region } of unfinished) {
    await context.host.upsertDeployment(repository, {
      rolloutId: rollout.id,
      sha: rollout.commit,
      environment: region,
      description: `Rollout ${rollout.id}`,
      state,
      stateDescription,
    });
  }
}

/** One deployment a region, with the state the region is in. */
export async function reportDeployments(
  context: ReconcilerContext,
  { repository, target }: RolloutSubject,
  decision: ActiveDecision,
): Promise<void> {
  for (const region of decision.regions) {
    await context.host.upsertDeployment(repository, {
      rolloutId: decision.memory.id,
      sha: target.commit,
      environment: region.region,
      description: `Rollout ${decision.memory.id}`,
      ...deploymentState(region),
    });
  }
}

function deploymentState(region: RegionProgress): Pick<Deployment, "state" | "stateDescription"> {
  switch (region.state) {
    case "waiting":
      return { state: "queued", stateDescription: `waits for wave ${region.wave}` };
    case "provisioning":
      return { state: "in_progress", stateDescription: "nodes are taking the new revision" };
    case "baking":
      return { state: "in_progress", stateDescription: "all nodes attest it; observing" };
    case "done":
      return { state: "success", stateDescription: "stable here" };
    case "rollingBack":
      return { state: "failure", stateDescription: (region.note ?? "it is taken back").slice(0, 140) };
    case "withdrawn":
      return { state: "inactive", stateDescription: "not served here" };
    default:
      return assertNever(region.state);
  }
}

async function pullRequestOf(
  context: ReconcilerContext,
  repository: Repository,
  commit: string,
): Promise<number | null> {
  const pulls = await context.host.pullRequestsOfCommit(repository, commit);
  return (
    pulls.find((pull) => pull.state === "merged" && pull.mergeCommit === commit)?.number ??
    pulls[0]?.number ??
    null
  );
}
