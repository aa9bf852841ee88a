import type { Experiment, MetricPolicy as MetricSource } from "#schemas/types.ts";
import { metricOf } from "../canary/judge-policy-of.ts";
import type { Running } from "./decide-experiment.ts";
import type { ExperimentCell, ExperimentPolicy } from "./experiment-policy.ts";

/** Any harmless cell is told apart in one experiment of twenty at most. */
const alpha = 0.05;
const staleAfterMsMin = 15_000;
/** Without any in the file, nobody is to get errors or wait longer for the sake of an experiment. */
const guardrailsDefault: readonly MetricSource[] = [
  { name: "errors", critical: true },
  { name: "latencyP95", critical: true },
];

/** What an experiment is held against; null when its cells have no control, which no valid file is without. */
export function experimentPolicyOf(experiment: Experiment, running: Running): ExperimentPolicy | null {
  const controlName = experiment.cells.find(({ control }) => control === true)?.name;
  const cells = running.cells.map(({ name, sharePct }): ExperimentCell => ({ name, sharePct }));
  const control = cells.find(({ name }) => name === controlName);
  if (control === undefined) return null;
  const periodMs = running.periodSeconds * 1000;
  const { goal, guardrails = guardrailsDefault } = experiment;
  return {
    alpha,
    cells: [control, ...cells.filter((cell) => cell !== control)],
    goal: goal === undefined ? null : metricOf(goal),
    guardrails: [...new Map(guardrails.map(metricOf).map((metric) => [metric.name, metric])).values()],
    startedAtMs: Date.parse(running.since),
    endsAtMs: Date.parse(running.expiresAt),
    periodMs,
    staleAfterMs: Math.max(staleAfterMsMin, 5 * periodMs),
  };
}

/** Metrics that are asked of Prometheus, each once. */
export function queriedMetrics({ goal, guardrails = [] }: Experiment): { name: string; query: string }[] {
  const all = [...(goal === undefined ? [] : [goal]), ...guardrails];
  const queried = all.flatMap(({ name, query }) => (query === undefined ? [] : [{ name, query }]));
  return [...new Map(queried.map((metric) => [metric.name, metric])).values()];
}
