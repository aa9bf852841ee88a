import { judgeMetric, type MetricJudging } from "../canary/judge-metric.ts";
import type { MetricPolicy } from "../canary/judge-policy.ts";
import { plannedLooks } from "../canary/looks.ts";
import type { MetricVerdict } from "../canary/verdict.ts";
import type { ExperimentPolicy } from "./experiment-policy.ts";
import { type ExperimentPeriod, pairOf } from "./experiment-period.ts";
import { shareAlarm } from "./share-alarm.ts";

/** One cell against the control. */
export interface CellVerdict {
  readonly name: string;
  /**
   * `harmful`: a guardrail is worse. `better`: the goal is, and no guardrail is worse. `worse`: the goal got worse.
   * `alike`: nothing was found yet.
   */
  readonly outcome: "harmful" | "better" | "worse" | "alike";
  /** Null where the experiment has no goal. For a goal that got better, `verdict` is "fail": it differs. */
  readonly goal: MetricVerdict | null;
  readonly guardrails: readonly MetricVerdict[];
}

export type ExperimentVerdict =
  /** It is to be stopped: what it found says nothing. */
  | { readonly kind: "invalid"; readonly reason: string }
  | {
      readonly kind: "judged";
      /** The control is not among them. */
      readonly cells: readonly CellVerdict[];
      readonly isOver: boolean;
      /** The better cell with the largest change of the goal, to be promoted; null when there is none. */
      readonly winner: string | null;
    };

export interface ExperimentInput {
  readonly policy: ExperimentPolicy;
  /** Whole periods since the start, in any order. */
  readonly periods: readonly ExperimentPeriod[];
  readonly nowMs: number;
}

/**
 * What is known of an experiment so far; may be asked as often as one likes. Half of alpha is for guardrails, half for the
 * goal, each shared by all comparisons with the control. A cell that is told apart gives its part to those that are not
 * yet (Holm's step-down procedure, which holds whatever the cells have in common). Source: S. Holm, "A simple sequentially rejective multiple test
 * procedure", Scandinavian Journal of Statistics 1979.
 */
export function judgeExperiment({ policy, periods, nowMs }: ExperimentInput): ExperimentVerdict {
  const ordered = periods.toSorted((a, b) => a.startMs - b.startMs);
  const reason = shareAlarm(policy, ordered);
  if (reason !== null) return { kind: "invalid", reason };
  const [, ...treated] = policy.cells;
  const judge = (name: string, metric: MetricPolicy, alpha: number): MetricVerdict =>
    judgeCell({ policy, periods: ordered, nowMs }, name, metric, alpha);
  const half = policy.alpha / 2;
  const names = treated.map(({ name }) => name);
  const { goal, guardrails } = policy;
  const guarded = stepDown(names, half, (name, alpha) =>
    guardrails.map((metric) => judge(name, metric, alpha / guardrails.length)),
  );
  const wanted =
    goal === null
      ? null
      : stepDown(names, half, (name, alpha) => [judge(name, { ...goal, harm: "either" }, alpha)]);
  const cells = names.map((name): CellVerdict => {
    const own = { goal: wanted?.get(name)?.[0] ?? null, guardrails: guarded.get(name) ?? [] };
    return { name, ...own, outcome: outcomeOf(own, goal) };
  });
  return { kind: "judged", cells, isOver: nowMs >= policy.endsAtMs, winner: winnerOf(cells) };
}

/** Judges all at an equal part of alpha; those that differ hand theirs on, until nothing changes. */
function stepDown(
  names: readonly string[],
  alpha: number,
  judge: (name: string, alpha: number) => readonly MetricVerdict[],
): Map<string, readonly MetricVerdict[]> {
  const verdicts = new Map<string, readonly MetricVerdict[]>();
  const differing = new Set<string>();
  for (;;) {
    const open = names.filter((name) => !differing.has(name));
    for (const name of open) verdicts.set(name, judge(name, alpha / open.length));
    const found = open.filter((name) => verdicts.get(name)?.some(({ verdict }) => verdict === "fail"));
    for (const name of found) differing.add(name);
    if (found.length === 0 || differing.size === names.length) return verdicts;
  }
}

function judgeCell(
  { policy, periods, nowMs }: ExperimentInput,
  cell: string,
  metric: MetricPolicy,
  alpha: number,
): MetricVerdict {
  const { startedAtMs, endsAtMs, periodMs, staleAfterMs, cells } = policy;
  const control = cells[0].name;
  const plannedPeriods = Math.max(0, Math.floor((endsAtMs - startedAtMs) / periodMs));
  const judging: MetricJudging = {
    schedule: {
      looks: plannedLooks(plannedPeriods),
      plannedPeriods,
      periodsPassed: Math.max(0, Math.floor((Math.min(nowMs, endsAtMs) - startedAtMs) / periodMs)),
    },
    alpha,
    stalePeriods: Math.max(1, Math.ceil(staleAfterMs / periodMs)),
  };
  const pairs = periods.flatMap(({ startMs, metrics }) => {
    const observation = metrics.get(metric.name);
    const period = Math.round((startMs - startedAtMs) / periodMs);
    if (observation === undefined || period < 0 || period >= plannedPeriods) return [];
    return [{ period, observation: pairOf(observation, cell, control) }];
  });
  return judgeMetric(metric, pairs, judging);
}

function outcomeOf(
  { goal, guardrails }: Pick<CellVerdict, "goal" | "guardrails">,
  policy: MetricPolicy | null,
): CellVerdict["outcome"] {
  if (guardrails.some(({ verdict }) => verdict === "fail")) return "harmful";
  if (goal === null || policy === null || goal.verdict !== "fail") return "alike";
  const rises = (goal.canary ?? 0) > (goal.baseline ?? 0);
  return rises === (policy.harm === "decrease") ? "better" : "worse";
}

function winnerOf(cells: readonly CellVerdict[]): string | null {
  const better = cells.filter(({ outcome }) => outcome === "better");
  const [best] = better.toSorted((a, b) => Math.abs(b.goal?.change ?? 0) - Math.abs(a.goal?.change ?? 0));
  return best?.name ?? null;
}
