import type { Experiment } from "#schemas/types.ts";
import type { Revision } from "../rollout/rollout-input.ts";
import type { ExperimentMark } from "./experiment-file.ts";
import type { ExperimentEnd, ExperimentPhase } from "./experiment-state.ts";
import { experimentTiming } from "./experiment-timing.ts";
import type { CellVerdict, ExperimentVerdict } from "./judge-experiment.ts";

const blockedRecheckMs = 5_000;
/** It is looked at no more often, and no less, milliseconds. */
const [lookMsMin, lookMsMax] = [1_000, 60_000];

export type Running = NonNullable<Experiment["running"]>;

/** What each cell is to run on top of the base, in the order of the file. */
export type CellRevisions =
  | { readonly kind: "built"; readonly revisions: readonly Revision[] }
  | { readonly kind: "refused"; readonly reason: string };

export interface ExperimentInput {
  readonly nowMs: number;
  readonly experiment: Experiment;
  /** Why nothing of the script may get new exposure; null when it may. */
  readonly blocked: string | null;
  /** Another experiment that runs on the same version of the script. */
  readonly other: string | null;
  /** What every region of the experiment has as its stable revision, at rest; null while they differ or change. */
  readonly base: Revision | null;
  /** For the base; null where there is none. */
  readonly cells: CellRevisions | null;
  /** Of what was observed since it began; null where it does not run. */
  readonly verdict: ExperimentVerdict | null;
}

export interface ExperimentDecision {
  readonly phase: ExperimentPhase;
  /** For its file; null leaves it as it is. */
  readonly mark: ExperimentMark | null;
  /** When to look again, null for "when woken". */
  readonly requeueAfterMs: number | null;
}

/**
 * What becomes of an experiment: it begins when its time has come, follows the stable revision, and ends by its date, by
 * a guardrail, or when what it found cannot be trusted. Whatever ends it takes its cells from every node, since nodes
 * have them only while its file says so.
 */
export function decideExperiment(input: ExperimentInput): ExperimentDecision {
  const { experiment, nowMs } = input;
  if (experiment.ended)
    return { phase: { kind: "ended", end: experiment.ended }, mark: null, requeueAfterMs: null };
  const { running } = experiment;
  if (running === undefined) return begin(input);
  if (nowMs >= Date.parse(running.expiresAt)) return ended(input, byDate(input.verdict));
  const found = stopReason(input.verdict);
  if (found) return ended(input, found);
  return goOn(input, running);
}

function begin(input: ExperimentInput): ExperimentDecision {
  const { experiment, nowMs, other, blocked, base, cells } = input;
  const { startsAt, endsAt } = experiment;
  if (endsAt !== undefined && Date.parse(endsAt) <= nowMs) {
    return ended(input, { outcome: "date", reason: `it was to end at ${endsAt}, before it had begun` });
  }
  const untilMs = startsAt === undefined ? nowMs : Date.parse(startsAt);
  if (untilMs > nowMs)
    return { phase: { kind: "waiting", untilMs }, mark: null, requeueAfterMs: untilMs - nowMs };
  if (other !== null) return held(`the experiment ${other} runs on the same script`);
  if (blocked !== null) return held(blocked);
  if (base === null || cells === null)
    return held("its regions have no stable revision in common, or a rollout is on its way");
  if (cells.kind === "refused") return held(cells.reason);
  return started(input, base, cells.revisions);
}

/** Another base changes all cells at once; another plan begins anew, since what was counted before is of other cells. */
function goOn(input: ExperimentInput, running: Running): ExperimentDecision {
  const { base, cells, experiment } = input;
  const sinceMs = Date.parse(running.since);
  const expiresAtMs = Date.parse(running.expiresAt);
  const periodMs = running.periodSeconds * 1000;
  const phase = { kind: "running", sinceMs, expiresAtMs, periodMs } as const;
  const lookMs = Math.min(
    lookMsMax,
    Math.max(lookMsMin, periodMs / 2),
    Math.max(0, expiresAtMs - input.nowMs),
  );
  const going = { phase, mark: null, requeueAfterMs: lookMs };
  // While a rollout is on its way, the cells stay at what they run.
  if (base === null || cells === null) return going;
  const isMoved = base.digest !== running.base.digest;
  if (isMoved && experiment.cells.some(({ commit }) => commit !== undefined)) {
    const reason = `another revision is stable now (${base.commit.slice(0, 7)}), and cells with a commit of their own cannot be compared with it`;
    return ended(input, { outcome: "superseded", reason });
  }
  if (cells.kind === "refused") return ended(input, { outcome: "superseded", reason: cells.reason });
  const now = cellsOf(experiment, cells.revisions);
  if (isSame(now, running.cells, ({ name, sharePct, digest }) => [name, sharePct, digest])) return going;
  const isSamePlan = isSame(now, running.cells, ({ name, sharePct }) => [name, sharePct]);
  if (!isMoved || !isSamePlan) return started(input, base, cells.revisions);
  return { ...going, mark: { kind: "running", running: { ...running, base: plain(base), cells: now } } };
}

type RunningCell = Running["cells"][number];

function isSame(
  a: readonly RunningCell[],
  b: readonly RunningCell[],
  look: (cell: RunningCell) => readonly (string | number)[],
): boolean {
  return JSON.stringify(a.map(look)) === JSON.stringify(b.map(look));
}

function started(input: ExperimentInput, base: Revision, revisions: readonly Revision[]): ExperimentDecision {
  const { experiment, nowMs } = input;
  const { endsAtMs, windowMs, periodMs } = experimentTiming(experiment, nowMs);
  const sinceMs = Math.ceil(nowMs / windowMs) * windowMs;
  const running: Running = {
    since: new Date(sinceMs).toISOString(),
    expiresAt: new Date(endsAtMs).toISOString(),
    windowSeconds: windowMs / 1000,
    periodSeconds: periodMs / 1000,
    base: plain(base),
    cells: cellsOf(experiment, revisions),
  };
  return {
    phase: { kind: "running", sinceMs, expiresAtMs: endsAtMs, periodMs },
    mark: { kind: "running", running },
    requeueAfterMs: Math.max(lookMsMin, Math.min(lookMsMax, periodMs)),
  };
}

function cellsOf({ cells }: Experiment, revisions: readonly Revision[]): Running["cells"] {
  return cells.flatMap(({ name, sharePct }, at) => {
    const revision = revisions[at];
    return revision === undefined ? [] : [{ name, sharePct, ...plain(revision) }];
  });
}

/** Just the two fields, in the order in which files have them. */
function plain({ digest, commit }: Revision): Revision {
  return { digest, commit };
}

function held(reason: string): ExperimentDecision {
  return { phase: { kind: "blocked", reason }, mark: null, requeueAfterMs: blockedRecheckMs };
}

type Found = Pick<ExperimentEnd, "outcome" | "reason">;

function ended({ nowMs }: ExperimentInput, { outcome, reason }: Found): ExperimentDecision {
  const end: ExperimentEnd = {
    at: new Date(nowMs).toISOString(),
    by: "showrunner",
    outcome,
    reason: reason.slice(0, 1000),
  };
  return { phase: { kind: "ended", end }, mark: { kind: "ended", ended: end }, requeueAfterMs: 0 };
}

/** Why it cannot go on; null while it can. */
function stopReason(verdict: ExperimentVerdict | null): Found | null {
  if (verdict?.kind === "invalid") return { outcome: "invalid", reason: verdict.reason };
  const harmful = verdict?.cells.find(({ outcome }) => outcome === "harmful");
  const worse = harmful?.guardrails.find((metric) => metric.verdict === "fail");
  if (!harmful || !worse) return null;
  return { outcome: "harmful", reason: `${harmful.name}: ${worse.label}: ${worse.reason}` };
}

function byDate(verdict: ExperimentVerdict | null): Found {
  if (verdict === null || verdict.kind === "invalid")
    return { outcome: "date", reason: "its time is over, and nothing was judged" };
  const { winner, cells } = verdict;
  if (winner === null) return { outcome: "date", reason: `its time is over; ${noWinner(cells)}` };
  return { outcome: "date", reason: `its time is over; ${winner} is better than the control` };
}

function noWinner(cells: readonly CellVerdict[]): string {
  const worse = cells.filter(({ outcome }) => outcome === "worse").map(({ name }) => name);
  return worse.length > 0
    ? `${worse.join(", ")} did worse than the control, and none better`
    : "no cell could be told apart from the control";
}
