import { type ChangeOutcome, commitOnNewest } from "#app/operations/commit-on-newest.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { type ExperimentMark, withExperimentMark } from "#domain/experiment/experiment-file.ts";
import type { ExperimentEnd } from "#domain/experiment/experiment-state.ts";
import type { ExperimentFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";

type ChangeContext = Pick<ReconcilerContext, "records" | "queue" | "fleet" | "committer" | "clock">;

/** What a person wants of an experiment: to end it, without or with one of its cells for everybody. */
export type ExperimentOrder =
  | { readonly kind: "stop"; readonly reason: string }
  | { readonly kind: "promote"; readonly cell: string; readonly reason: string };

/** Ends an experiment: one commit in the fleet repository, which takes its cells from every node, and one audit record. */
export async function changeExperiment(
  context: ChangeContext,
  name: string,
  order: ExperimentOrder,
  by: string,
): Promise<ChangeOutcome> {
  const ended: ExperimentEnd = {
    at: new Date(context.clock.now()).toISOString(),
    by: by.slice(0, 100),
    outcome: order.kind === "promote" ? "promoted" : "stopped",
    reason: order.reason.slice(0, 1000),
    ...(order.kind === "promote" && { cell: order.cell }),
  };
  const verb = order.kind === "promote" ? `ends, and ${order.cell} is for everybody` : "is stopped";
  return commitOnNewest<ChangeOutcome>(
    context,
    ({ experiments }) => {
      const file = experiments.get(name);
      if (file === undefined)
        return { change: null, answer: { kind: "unknown", message: `There is no experiment ${name}.` } };
      const refused = refusal(file, order);
      if (refused) return { change: null, answer: refused };
      return { change: markChange(file, { kind: "ended", ended }, verb), answer: { kind: "done" } };
    },
    async () => {
      await recordEnd(context, name, ended);
      await context.queue.wake(["fleet", `experiment:${name}`]);
    },
  );
}

function refusal({ experiment }: ExperimentFile, order: ExperimentOrder): ChangeOutcome | null {
  const { name, ended, cells } = experiment;
  if (order.kind === "promote" && !cells.some((cell) => cell.name === order.cell)) {
    const known = cells.map((cell) => cell.name).join(", ");
    return { kind: "unknown", message: `${name} has no cell ${order.cell}; it has ${known}.` };
  }
  if (!ended) return null;
  // Who waited for the end may still choose.
  if (order.kind === "promote" && ended.outcome === "date") return null;
  return { kind: "nothingToDo", message: `${name} has ended already: ${ended.reason}` };
}

/** True when the mark is in the fleet repository; false when that has moved. */
export async function commitMark(
  { committer }: Pick<ReconcilerContext, "committer">,
  snapshot: FleetSnapshot,
  file: ExperimentFile,
  mark: ExperimentMark,
  verb: string,
): Promise<boolean> {
  const outcome = await committer.submit({ basis: snapshot.commit, ...markChange(file, mark, verb) });
  return outcome !== "stale";
}

function markChange(
  { path, text, experiment: { name } }: ExperimentFile,
  mark: ExperimentMark,
  verb: string,
) {
  return {
    changes: [{ path, content: withExperimentMark(text, mark) }],
    restsOn: [path],
    subject: `The experiment ${name} ${verb}`,
    cause: `experiment ${name}`,
  };
}

export async function recordEnd(
  { records, clock }: Pick<ReconcilerContext, "records" | "clock">,
  name: string,
  ended: ExperimentEnd,
): Promise<void> {
  await records.appendAudit({
    atMs: clock.now(),
    actor: ended.by,
    action: `experiment ${ended.outcome}`,
    subject: `experiment:${name}`,
    cause: ended.reason,
    evidence: { outcome: ended.outcome, cell: ended.cell ?? null },
    undo: `take "ended" out of experiments/${name}.yaml in the fleet repository, and it begins anew`,
  });
}
