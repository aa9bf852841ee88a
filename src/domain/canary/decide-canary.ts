import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { FileChange } from "../ports.ts";
import type { CanaryRun as CanaryFile, Release } from "#schemas/types.ts";
import { canaryPath, canaryText } from "./canary-file.ts";
import { type CanaryNode, crashesOf, freshNodes, servesBoth } from "./canary-node.ts";
import type { CustomSeries } from "./custom-series.ts";
import type { Measurement } from "./measurement.ts";
import { observePeriods } from "./observe-periods.ts";
import type { PeriodObservation } from "./observations.ts";
import { withLook } from "./run-look.ts";
import { canaryFile, courseOfFile, startRun } from "./start-run.ts";
import {
  courseOf,
  type QueuedBehind,
  type Run,
  type RunCourse,
  type RunEnd,
  type RunPhase,
  type Serving,
} from "./run.ts";
import type { RunVerdict } from "./verdict.ts";

/** Nodes that have not brought both sides up after this are left out, milliseconds; a quarter of the run when that is less. */
const provisionMsMax = 60_000;
const crashesMax = 50;
/** A node that missed its last report is waited for no longer, milliseconds. */
const silentAfterMs = 8_000;
const startingRecheckMs = 1_000;
const runningRecheckMsMax = 10_000;
const blockedRecheckMs = 5_000;

export interface CanaryInput {
  readonly nowMs: number;
  readonly fleet: FleetManifest;
  /** Regions of the script's first wave. */
  readonly firstWave: readonly string[];
  /** This version's releases by region, as the fleet repository has them. */
  readonly releases: ReadonlyMap<string, Release>;
  /** Why nothing of this script may get new exposure (a freeze, a kill); null when it may. */
  readonly blocked: string | null;
  /** A rollout of this version is at its canary, and its first wave follows: runs for anything else wait. */
  readonly isRolloutBeginning: boolean;
  /** Runs of this version of the script that have not ended, oldest first. */
  readonly runs: readonly Run[];
  /** The runs of this version of the script that the fleet repository has. */
  readonly files: readonly CanaryFile[];
  readonly nodes: readonly CanaryNode[];
  /** Of the run that is under way. */
  readonly measurements: readonly Measurement[];
  /** Likewise, of metrics that nodes do not measure. */
  readonly custom: CustomSeries;
  readonly judge: (
    run: Run,
    course: RunCourse,
    serving: Serving,
    periods: readonly PeriodObservation[],
    nowMs: number,
  ) => RunVerdict;
}

export interface CanaryDecision {
  /** All of them, as they are now. */
  readonly runs: readonly Run[];
  /** For the fleet repository; to be committed before the phases are kept. */
  readonly changes: readonly FileChange[];
  /** When to look again, null for "when woken". */
  readonly requeueAfterMs: number | null;
}

/**
 * What becomes of the canary runs of one version of a script: at most one is under way, the others wait for their turn.
 * A file whose run is over, or that nobody knows, is taken out, however the run ended.
 */
export function decideCanary(input: CanaryInput): CanaryDecision {
  const known = input.runs.map((run) => atItsFile(run, input.files));
  const [first, ...more] = known.filter(({ phase }) => phase.kind !== "queued");
  const asked = known.filter(({ phase }) => phase.kind === "queued");
  const active = first === undefined ? null : step(first, input, isRolloutWaiting(asked));
  // Two of them only ever come from hands in the fleet repository.
  const others = more.map((run) => ended(run, { kind: "superseded", by: first?.id ?? "another run" }, input));
  const isFree = active === null || active.phase.kind === "ended";
  const waiting = queue(asked, isFree ? null : active, input);
  const after = [...(active ? [active] : []), ...others, ...waiting];
  const kept = after.filter(({ phase }) => phase.kind === "starting" || phase.kind === "running");
  return {
    runs: after,
    changes: fileChanges(kept, input.files),
    requeueAfterMs: requeueAfterMs(kept[0] ?? null, waiting),
  };
}

/** A run that was committed, and then whoever committed it died: it has started. */
function atItsFile(run: Run, files: readonly CanaryFile[]): Run {
  if (run.phase.kind !== "queued") return run;
  const file = files.find(({ runId }) => runId === run.id);
  return file ? { ...run, phase: { kind: "starting", course: courseOfFile(file) } } : run;
}

function isRolloutWaiting(asked: readonly Run[]): boolean {
  return asked.some((run) => isOfRollout(run) && run.stop === null);
}

/** The run under way, one look later. A rollout's own goes before all others. */
function step(run: Run, input: CanaryInput, isRolloutNext: boolean): Run {
  const { phase } = run;
  if (phase.kind !== "starting" && phase.kind !== "running") return run;
  const isInTheWay = isRolloutNext && !isOfRollout(run);
  const end =
    endBeforeVerdict(run, phase.course, input) ??
    (isInTheWay ? ({ kind: "superseded", by: "a rollout" } as const) : null);
  if (end) return ended(run, end, input);
  const serving = phase.kind === "running" ? phase.serving : servingSince(run, phase.course, input);
  if (serving === null) {
    if (input.nowMs < phase.course.expiresAtMs) return run;
    const nothing: Serving = { sinceMs: phase.course.startedAtMs, nodes: [], crashes: [] };
    return judged(run, phase.course, nothing, input);
  }
  return judged(run, phase.course, withCrashes(run, phase.course, serving, input), input);
}

function endBeforeVerdict(run: Run, course: RunCourse, { files, releases }: CanaryInput): RunEnd | null {
  if (run.stop) return run.stop;
  for (const region of course.regions) {
    const release = releases.get(region);
    if (release?.next) return { kind: "superseded", by: "a rollout" };
    if (release?.stable?.digest !== course.baseline.digest)
      return { kind: "superseded", by: `another stable revision in ${region}` };
  }
  return files.some(({ runId }) => runId === run.id) ? null : { kind: "removed" };
}

/** Set once enough nodes attest both sides, or one of them cannot bring one up. */
function servingSince(run: Run, course: RunCourse, input: CanaryInput): Serving | null {
  const { nowMs } = input;
  const nodes = freshNodes(input.nodes, course, nowMs);
  const serving = nodes.filter((node) => servesBoth(node, run, course)).map(({ id }) => id);
  const crashes = nodes.flatMap((node) => crashesOf(node, run, course, nowMs));
  const patienceMs = Math.min(provisionMsMax, (course.expiresAtMs - course.startedAtMs) / 4);
  const isAll = nodes.length > 0 && serving.length === nodes.length;
  const isLate = nowMs - course.startedAtMs >= patienceMs && serving.length > 0;
  if (!isAll && !isLate && crashes.length === 0) return null;
  const sinceMs = Math.ceil(nowMs / course.windowMs) * course.windowMs;
  return { sinceMs, nodes: serving, crashes };
}

/** One crash a node and side is kept; a node that tries again and fails again says nothing new. */
function withCrashes(run: Run, course: RunCourse, serving: Serving, input: CanaryInput): Serving {
  const nodes = freshNodes(input.nodes, course, input.nowMs);
  const found = nodes
    .flatMap((node) => crashesOf(node, run, course, input.nowMs))
    .filter(({ role, node }) => !serving.crashes.some((old) => old.role === role && old.node === node));
  return { ...serving, crashes: [...serving.crashes, ...found].slice(0, crashesMax) };
}

function judged(run: Run, course: RunCourse, serving: Serving, input: CanaryInput): Run {
  const { nowMs } = input;
  const { windowMs } = course;
  const untilMs = Math.min(course.expiresAtMs, completeUntilMs(serving, input));
  const periods = observePeriods({ ...serving, untilMs, windowMs }, input.measurements, input.custom);
  const isOver = nowMs >= course.expiresAtMs;
  const verdict = input.judge(run, course, serving, periods, isOver ? nowMs : untilMs);
  const before = run.phase.kind === "running" ? (run.phase.looks ?? []) : [];
  const looks = withLook(before, verdict, periods.length, nowMs);
  const looked: Run = { ...run, phase: { kind: "running", course, serving, verdict, looks } };
  return verdict.phase === "decided" || isOver ? ended(looked, { kind: "judged" }, input) : looked;
}

/** Up to when every node that is heard of has told what it counted, by their clocks, epoch milliseconds. */
function completeUntilMs({ nodes }: Serving, input: CanaryInput): number {
  const times = input.nodes
    .filter(({ id, receivedAtMs }) => nodes.includes(id) && receivedAtMs !== null)
    .filter(({ receivedAtMs }) => input.nowMs - (receivedAtMs ?? 0) <= silentAfterMs)
    .map(({ reportedAtMs }) => reportedAtMs ?? 0);
  return times.length === 0 ? input.nowMs : Math.min(...times);
}

function ended(run: Run, end: RunEnd, { nowMs }: CanaryInput): Run {
  const { phase } = run;
  const known = { verdict: null, serving: null, looks: [], ...(phase.kind === "running" && phase) };
  const { verdict, serving, looks } = known;
  return {
    ...run,
    phase: { kind: "ended", end, endedAtMs: nowMs, course: courseOf(phase), serving, verdict, looks },
  };
}

/**
 * The waiting runs: those that are not wanted any more end, and the first of the others starts when its turn has come.
 * Those of rollouts come first.
 */
function queue(waiting: readonly Run[], active: Run | null, input: CanaryInput): Run[] {
  let ahead = active;
  const isRollingOut = [...input.releases.values()].some(({ next }) => next !== undefined);
  const ordered = [...waiting.filter(isOfRollout), ...waiting.filter((run) => !isOfRollout(run))];
  return ordered.map((run) => {
    if (run.stop) return ended(run, run.stop, input);
    const isRolloutFirst = isRollingOut || (input.isRolloutBeginning && !isOfRollout(run));
    const behind = behindWhat(ahead, isRolloutFirst, input.blocked);
    if (behind) return queuedBehind(run, behind);
    const start = startRun(run, input.fleet, input.firstWave, input.releases, input.nowMs);
    if (start.kind === "refuse") return ended(run, { kind: "refused", reason: start.reason }, input);
    ahead = run;
    return { ...run, phase: { kind: "starting", course: start.course } satisfies RunPhase };
  });
}

function isOfRollout({ cause }: Run): boolean {
  return cause === "rollout";
}

function behindWhat(ahead: Run | null, isRollingOut: boolean, blocked: string | null): QueuedBehind | null {
  if (ahead) return { kind: "run", id: ahead.id, pull: ahead.pull };
  if (isRollingOut) return { kind: "rollout" };
  return blocked === null ? null : { kind: "stopped", reason: blocked };
}

function queuedBehind(run: Run, behind: QueuedBehind): Run {
  return { ...run, phase: { kind: "queued", behind } };
}

/** Puts the files of runs under way there, and takes all others out. */
function fileChanges(kept: readonly Run[], files: readonly CanaryFile[]): FileChange[] {
  const changes: FileChange[] = [];
  for (const file of files) {
    if (!kept.some(({ id }) => id === file.runId))
      changes.push({ path: canaryPath(file.runId), content: null });
  }
  for (const run of kept) {
    if (run.phase.kind !== "starting" || files.some(({ runId }) => runId === run.id)) continue;
    changes.push({ path: canaryPath(run.id), content: canaryText(canaryFile(run, run.phase.course)) });
  }
  return changes;
}

function requeueAfterMs(active: Run | null, waiting: readonly Run[]): number | null {
  if (active?.phase.kind === "starting") return startingRecheckMs;
  if (active?.phase.kind === "running")
    return Math.min(runningRecheckMsMax, Math.max(1_000, active.phase.course.windowMs));
  return waiting.some(({ phase }) => phase.kind === "queued") ? blockedRecheckMs : null;
}
