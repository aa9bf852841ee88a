import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { Running } from "#domain/experiment/decide-experiment.ts";
import type { ExperimentPeriod } from "#domain/experiment/experiment-period.ts";
import { queriedMetrics } from "#domain/experiment/experiment-policy-of.ts";
import { byPeriod, observeCells, withGauge } from "#domain/experiment/observe-cells.ts";
import type { Experiment } from "#schemas/types.ts";

/** Nodes report every five seconds, and a report may be lost; then a period is whole, milliseconds. */
const lagMs = 12_000;

/** All whole periods of an experiment's course so far. What nodes counted is folded into them once they are whole. */
export async function observeCourse(
  context: ReconcilerContext,
  name: string,
  experiment: Experiment,
  running: Running,
): Promise<ExperimentPeriod[]> {
  const { experiments } = context;
  const sinceMs = Date.parse(running.since);
  const periodMs = running.periodSeconds * 1000;
  const wholeUntilMs = sinceMs + Math.floor((context.clock.now() - lagMs - sinceMs) / periodMs) * periodMs;
  const cells = new Set(running.cells.map((cell) => cell.name));
  const due = await experiments.windows(name, wholeUntilMs);
  if (due.length > 0) {
    const found = byPeriod(
      due.filter(({ cell }) => cells.has(cell)),
      { sinceMs, periodMs },
    );
    const whole = [...found].map(([startMs, own]) => observeCells(startMs, own));
    await experiments.fold(name, sinceMs, whole, wholeUntilMs);
  }
  return withQueries(context, experiment, running, await experiments.periods(name, sinceMs));
}

/** With what the file asks Prometheus for. A dead source gives nothing, so that nothing is concluded from it. */
async function withQueries(
  { metricSource }: ReconcilerContext,
  experiment: Experiment,
  running: Running,
  periods: ExperimentPeriod[],
): Promise<ExperimentPeriod[]> {
  const last = periods.at(-1);
  if (metricSource === null || last === undefined) return periods;
  const stepMs = running.periodSeconds * 1000;
  // The value at the end of a period is about that period.
  const range = { startMs: Date.parse(running.since) + stepMs, endMs: last.startMs + stepMs, stepMs };
  let known = periods;
  for (const { name, query } of queriedMetrics(experiment)) {
    const values = new Map<string, ReadonlyMap<number, number>>();
    for (const cell of running.cells) {
      const series = await metricSource.range(query.replaceAll("$role", cell.name), range);
      if (series) values.set(cell.name, new Map([...series].map(([atMs, value]) => [atMs - stepMs, value])));
    }
    known = withGauge(known, name, values);
  }
  return known;
}
