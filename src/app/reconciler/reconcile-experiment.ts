import { isDeepStrictEqual } from "node:util";
import { cellRevisions } from "#app/experiment/cell-revisions.ts";
import { commitMark, recordEnd } from "#app/experiment/change-experiment.ts";
import { observeCourse } from "#app/experiment/observe-course.ts";
import { proposeCell } from "#app/experiment/propose-cell.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import { canaryBlocked } from "#domain/canary/canary-blocked.ts";
import { type ExperimentDecision, decideExperiment } from "#domain/experiment/decide-experiment.ts";
import { experimentBase } from "#domain/experiment/experiment-base.ts";
import { experimentPolicyOf } from "#domain/experiment/experiment-policy-of.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import { type ExperimentVerdict, judgeExperiment } from "#domain/experiment/judge-experiment.ts";
import type { ExperimentFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "./context.ts";

const staleRetryMs = 100;
const noFleetRetryMs = 5_000;

/** Moves an experiment on. Returns when to look again, null for "when woken". */
export async function reconcileExperiment(context: ReconcilerContext, name: string): Promise<number | null> {
  const { experiments, clock } = context;
  const snapshot = await context.fleet.refresh();
  if (!snapshot) return noFleetRetryMs;
  const before = await experiments.find(name);
  const file = snapshot.experiments.get(name);
  if (!file) {
    if (before && before.phase.kind !== "removed")
      await keep(context, name, before, { ...before, phase: { kind: "removed", atMs: clock.now() } });
    return null;
  }
  const { experiment } = file;
  const script = await context.records.findScript(experiment.script, experiment.version ?? "1");
  const seen = await look(context, file);
  const base = experiment.ended || !script ? null : experimentBase(snapshot, experiment);
  const decision = decideExperiment({
    nowMs: clock.now(),
    experiment,
    blocked: blockedBy(snapshot, file, script, clock.now()),
    other: otherOn(snapshot, file),
    base,
    cells: base && script ? await cellRevisions(context, snapshot, script, experiment, base) : null,
    verdict: seen?.verdict ?? null,
  });
  if (!(await commit(context, snapshot, file, decision))) return staleRetryMs;
  const isAnew =
    decision.mark?.kind === "running" && decision.mark.running.since !== experiment.running?.since;
  const known = isAnew ? null : (seen ?? before);
  const state: ExperimentState = {
    phase: decision.phase,
    verdict: known?.verdict ?? null,
    requests: known?.requests ?? {},
    pull: before?.pull ?? null,
  };
  const pull = await promotion(context, script, file, state);
  await keep(context, name, before, { ...state, pull });
  return decision.requeueAfterMs;
}

/** What was found out so far; null where it does not run. */
async function look(
  context: ReconcilerContext,
  { experiment }: ExperimentFile,
): Promise<{ verdict: ExperimentVerdict; requests: Record<string, number> } | null> {
  const { running, ended, name } = experiment;
  if (!running || ended) return null;
  const policy = experimentPolicyOf(experiment, running);
  if (policy === null) return null;
  const periods = await observeCourse(context, name, experiment, running);
  const requests: Record<string, number> = {};
  for (const period of periods)
    for (const [cell, count] of period.requests) requests[cell] = (requests[cell] ?? 0) + count;
  const verdict = judgeExperiment({ policy, periods, nowMs: context.clock.now() });
  return { verdict, requests };
}

function blockedBy(
  snapshot: FleetSnapshot,
  { experiment }: ExperimentFile,
  script: ScriptRecord | null,
  nowMs: number,
): string | null {
  const { version = "1" } = experiment;
  if (!script?.manifest) return `no repository declares ${experiment.script}@${version}`;
  return canaryBlocked(snapshot, experiment.script, version, nowMs);
}

/** Another experiment on the same version that runs: cells are told apart by their names alone. */
function otherOn(snapshot: FleetSnapshot, { experiment }: ExperimentFile): string | null {
  const { name, script, version = "1" } = experiment;
  const other = [...snapshot.experiments.values()].find(
    ({ experiment: one }) =>
      one.name !== name &&
      one.script === script &&
      (one.version ?? "1") === version &&
      one.running &&
      !one.ended,
  );
  return other?.experiment.name ?? null;
}

/** True when what was decided is in the fleet repository. */
async function commit(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  file: ExperimentFile,
  { mark }: ExperimentDecision,
): Promise<boolean> {
  if (mark === null) return true;
  const { running } = file.experiment;
  const verb = mark.kind === "ended" ? "ends" : running ? "goes on with other revisions" : "begins";
  if (!(await commitMark(context, snapshot, file, mark, verb))) return false;
  if (mark.kind === "ended") await recordEnd(context, file.experiment.name, mark.ended);
  await context.queue.wake(["fleet"]);
  return true;
}

/** The pull request of a promoted cell; asked for until there is one. */
async function promotion(
  context: ReconcilerContext,
  script: ScriptRecord | null,
  { experiment }: ExperimentFile,
  state: ExperimentState,
): Promise<number | null> {
  const { ended } = experiment;
  if (ended?.outcome !== "promoted" || !script) return null;
  return state.pull ?? proposeCell(context, script, experiment, state);
}

async function keep(
  { experiments, records, clock }: ReconcilerContext,
  name: string,
  before: ExperimentState | null,
  state: ExperimentState,
): Promise<void> {
  if (isDeepStrictEqual(before, state)) return;
  const nowMs = clock.now();
  await experiments.save(name, state, state.phase.kind === "running", nowMs);
  await records.appendEvent({
    atMs: nowMs,
    type: "change",
    data: { experiment: name, phase: state.phase.kind },
  });
}
