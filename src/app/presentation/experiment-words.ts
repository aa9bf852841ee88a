import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import { assertNever } from "#domain/assert-never.ts";
import { changeText, levelText } from "#domain/canary/metric-text.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import type { ExperimentEnd, ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { CellVerdict } from "#domain/experiment/judge-experiment.ts";
import type { Experiment } from "#schemas/types.ts";
import { clockTime, duration } from "./times.ts";

/** Where an experiment stands, in one line. Plain text. */
export function experimentLine({ phase, verdict }: ExperimentState, nowMs: number): string {
  switch (phase.kind) {
    case "waiting":
      return `Begins at ${clockTime(phase.untilMs, nowMs)}`;
    case "blocked":
      return `Waits: ${phase.reason}`;
    case "running": {
      const left = duration(Math.max(0, phase.expiresAtMs - nowMs));
      return `Running, ${left} left: ${foundSoFar(verdict)}`;
    }
    case "ended":
      return `${endWords(phase.end)}: ${phase.end.reason}`;
    case "removed":
      return "Its file was taken out of the fleet repository";
    default:
      return assertNever(phase);
  }
}

function foundSoFar(verdict: ExperimentState["verdict"]): string {
  if (verdict === null) return "nothing was judged yet";
  if (verdict.kind === "invalid") return verdict.reason;
  if (verdict.winner !== null) return `${verdict.winner} is better than the control`;
  const worse = verdict.cells.filter(({ outcome }) => outcome !== "alike").map(({ name }) => name);
  return worse.length > 0
    ? `${worse.join(", ")} did worse than the control`
    : "no cell can be told apart yet";
}

function endWords({ outcome, cell, by }: ExperimentEnd): string {
  switch (outcome) {
    case "promoted":
      return `${cell ?? "A cell"} promoted by ${by}`;
    case "stopped":
      return `Stopped by ${by}`;
    case "harmful":
      return `Stopped by ${by}, since a guardrail got worse`;
    case "invalid":
      return `Stopped by ${by} as invalid`;
    case "superseded":
      return `Overtaken, and ended by ${by}`;
    case "date":
      return `Ended by ${by}`;
    default:
      return assertNever(outcome);
  }
}

/** What a cell did to a metric: "+4% (0.21% → 0.22%)". */
export function metricWords(metric: MetricVerdict): string {
  const levels = `${levelText(metric, metric.baseline)} → ${levelText(metric, metric.canary)}`;
  return metric.change === null ? levels : `${changeText(metric.change)} (${levels})`;
}

/** The pull request that brings a promoted cell to the script's branch. */
export function promotionText(
  experiment: Experiment,
  cell: Experiment["cells"][number],
  { verdict }: ExperimentState,
): { readonly title: string; readonly body: string } {
  const { name, ended, description } = experiment;
  const rows = verdict?.kind === "judged" ? verdict.cells.map(cellRow) : [];
  const table =
    rows.length === 0
      ? ["Nothing was judged before it ended."]
      : ["| cell | against the control | goal |", "| --- | --- | --- |", ...rows];
  const values = Object.entries(cell.values ?? {}).map(
    ([key, value]) => `- ${codeSpan(key)}: ${codeSpan(String(value))}`,
  );
  const body = [
    `The experiment ${codeSpan(name)} ended with the cell ${codeSpan(cell.name)}: ${escapeMarkdown(ended?.reason ?? "")} (${escapeMarkdown(ended?.by ?? "")})`,
    ...(description === undefined ? [] : [escapeMarkdown(description)]),
    table.join("\n"),
    ...(values.length === 0 ? [] : [`Values that become the script's own:\n\n${values.join("\n")}`]),
    "Merging it rolls it out like any other change. The cells are gone from every node already.",
  ];
  return { title: `Promote ${cell.name} of the experiment ${name}`, body: body.join("\n\n") };
}

function cellRow({ name, outcome, goal }: CellVerdict): string {
  return `| ${codeSpan(name)} | ${outcome} | ${goal === null ? "–" : escapeMarkdown(metricWords(goal))} |`;
}
