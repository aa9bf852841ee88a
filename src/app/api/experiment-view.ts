import { experimentLine } from "#app/presentation/experiment-words.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { CellVerdict } from "#domain/experiment/judge-experiment.ts";
import type { Experiment } from "#schemas/types.ts";

/** One experiment in a list. */
export interface ExperimentSummary {
  readonly name: string;
  readonly script: string;
  readonly version: string;
  readonly phase: ExperimentState["phase"]["kind"];
  /** One line for people. */
  readonly headline: string;
  /** The cell that is better than the control; null when there is none. */
  readonly winner: string | null;
}

/** One experiment as its page shows it. */
export interface ExperimentView extends ExperimentSummary {
  readonly owner: string;
  readonly description: string | null;
  readonly since: string | null;
  readonly expiresAt: string | null;
  readonly ended: Experiment["ended"] | null;
  readonly cells: readonly CellView[];
  /** Number of the pull request that brings the promoted cell to the script's branch. */
  readonly pullRequest: number | null;
}

export interface CellView {
  readonly name: string;
  readonly sharePct: number;
  readonly isControl: boolean;
  /** Null before it ran. */
  readonly revision: string | null;
  readonly requests: number;
  /** Null for the control, and before the first look. */
  readonly outcome: CellVerdict["outcome"] | null;
  readonly goal: MetricVerdict | null;
  readonly guardrails: readonly MetricVerdict[];
}

const unseen: ExperimentState = {
  phase: { kind: "blocked", reason: "it was not looked at yet" },
  verdict: null,
  requests: {},
  pull: null,
};

export function experimentSummary(
  { name, script, version = "1" }: Experiment,
  state: ExperimentState | null,
  nowMs: number,
): ExperimentSummary {
  const known = state ?? unseen;
  const winner = known.verdict?.kind === "judged" ? known.verdict.winner : null;
  const { kind: phase } = known.phase;
  return { name, script, version, phase, headline: experimentLine(known, nowMs), winner };
}

export function experimentView(
  experiment: Experiment,
  state: ExperimentState | null,
  nowMs: number,
): ExperimentView {
  const { running, ended = null, owner, description = null } = experiment;
  const { verdict, requests, pull } = state ?? unseen;
  const judged = verdict?.kind === "judged" ? verdict.cells : [];
  return {
    ...experimentSummary(experiment, state, nowMs),
    owner,
    description,
    since: running?.since ?? null,
    expiresAt: running?.expiresAt ?? null,
    ended,
    cells: experiment.cells.map(({ name, sharePct, control = false }): CellView => {
      const found = judged.find((cell) => cell.name === name);
      return {
        name,
        sharePct,
        isControl: control,
        revision: running?.cells.find((cell) => cell.name === name)?.digest ?? null,
        requests: requests[name] ?? 0,
        outcome: found?.outcome ?? null,
        goal: found?.goal ?? null,
        guardrails: found?.guardrails ?? [],
      };
    }),
    pullRequest: pull,
  };
}
