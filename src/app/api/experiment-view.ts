import { experimentLine } from "#app/presentation/experiment-words.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import type { ExperimentEnd, ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { CellVerdict } from "#domain/experiment/judge-experiment.ts";
import type { Experiment } from "#schemas/types.ts";
import { type LinkedText, commitLink, linked } from "./linked-text.ts";

/** One experiment in a list. */
export interface ExperimentSummary {
  readonly name: string;
  readonly script: string;
  readonly version: string;
  readonly owner: string;
  readonly phase: ExperimentState["phase"]["kind"];
  /** How it ended; null before. */
  readonly outcome: ExperimentEnd["outcome"] | null;
  /** One line for people. */
  readonly headline: string;
  /** The cell that is better than the control; null when there is none. */
  readonly winner: string | null;
}

/** One experiment as its page shows it. */
export interface ExperimentView extends ExperimentSummary {
  readonly description: string | null;
  readonly since: string | null;
  readonly expiresAt: string | null;
  readonly ended: ExperimentEnd | null;
  readonly cells: readonly CellView[];
  /** Number of the pull request that brings the promoted cell to the script's branch. */
  readonly pullRequest: number | null;
  /** The same for people to follow. */
  readonly pull: LinkedText | null;
}

export interface CellView {
  readonly name: string;
  readonly sharePct: number;
  readonly isControl: boolean;
  /** Settings that it has instead of stable's. */
  readonly values: NonNullable<Experiment["cells"][number]["values"]>;
  /** Null before it ran. */
  readonly revision: string | null;
  /** What it runs; null where that is what is stable and nothing runs. */
  readonly commit: LinkedText | null;
  readonly requests: number;
  /** Null for the control, and before the first look. */
  readonly outcome: CellVerdict["outcome"] | null;
  readonly goal: MetricVerdict | null;
  readonly guardrails: readonly MetricVerdict[];
}

export interface ExperimentViewInput {
  readonly experiment: Experiment;
  /** Null before it was looked at. */
  readonly state: ExperimentState | null;
  /** Web address of the script's repository; null when it is not known. */
  readonly repositoryUrl: string | null;
  readonly nowMs: number;
}

const unseen: ExperimentState = {
  phase: { kind: "blocked", reason: "it was not looked at yet" },
  verdict: null,
  requests: {},
  pull: null,
};

export function experimentSummary({
  experiment: { name, script, version = "1", owner },
  state,
  nowMs,
}: Omit<ExperimentViewInput, "repositoryUrl">): ExperimentSummary {
  const known = state ?? unseen;
  const { phase, verdict } = known;
  return {
    name,
    script,
    version,
    owner,
    phase: phase.kind,
    outcome: phase.kind === "ended" ? phase.end.outcome : null,
    headline: experimentLine(known, nowMs),
    winner: verdict?.kind === "judged" ? verdict.winner : null,
  };
}

export function experimentView(input: ExperimentViewInput): ExperimentView {
  const { experiment, state, repositoryUrl } = input;
  const { running, ended = null, description = null } = experiment;
  const { verdict, requests, pull } = state ?? unseen;
  const judged = verdict?.kind === "judged" ? verdict.cells : [];
  return {
    ...experimentSummary(input),
    description,
    since: running?.since ?? null,
    expiresAt: running?.expiresAt ?? null,
    ended,
    cells: experiment.cells.map(
      ({ name, sharePct, control = false, values = {}, commit = null }): CellView => {
        const found = judged.find((cell) => cell.name === name);
        const runs = running?.cells.find((cell) => cell.name === name);
        const runsCommit = runs?.commit ?? commit;
        return {
          name,
          sharePct,
          isControl: control,
          values,
          revision: runs?.digest ?? null,
          commit: runsCommit === null ? null : commitLink(runsCommit, repositoryUrl),
          requests: requests[name] ?? 0,
          outcome: found?.outcome ?? null,
          goal: found?.goal ?? null,
          guardrails: found?.guardrails ?? [],
        };
      },
    ),
    pullRequest: pull,
    pull: pull === null ? null : linked(`#${pull}`, repositoryUrl, `pull/${pull}`),
  };
}
