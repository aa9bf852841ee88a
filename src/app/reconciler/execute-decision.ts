import { assertNever } from "#domain/assert-never.ts";
import type { FileChange } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import type { HoldChange, RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { ReleaseWrite } from "#domain/rollout/release-writes.ts";
import { isTerminal } from "#domain/rollout/rollout-phase.ts";
import type { Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { type RolloutSubject, reportDeployments, saveRollout, supersedeOthers } from "./rollout-effects.ts";

/** How soon a decision is made anew when somebody else changed the same file meanwhile, milliseconds. */
const staleRetryMs = 100;

/**
 * Does what was decided, for scripts that change together in one commit: first in git, then in the store and on GitHub.
 * Returns when to look again.
 */
export async function executeDecisions(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  decided: ReadonlyMap<{ readonly subject: RolloutSubject }, RolloutDecision>,
): Promise<number | null> {
  const entries = [...decided].map(([{ subject }, decision]): Decided => ({ subject, decision }));
  // The last promotion takes the rollout's mark out of git: what it still has to tell GitHub is told before that.
  for (const { subject, decision } of entries)
    if (decision.kind === "active" && finishes(decision)) await reportDeployments(context, subject, decision);
  if (!(await commitDecisions(context, snapshot, entries))) return staleRetryMs;
  const again: (number | null)[] = [];
  for (const entry of entries) again.push(await recordDecision(context, entry));
  const times = again.filter((ms) => ms !== null);
  return times.length === 0 ? null : Math.min(...times);
}

interface Decided {
  readonly subject: RolloutSubject;
  readonly decision: RolloutDecision;
}

function finishes(decision: RolloutDecision): boolean {
  return decision.kind === "active" && decision.phase.kind === "completed";
}

async function recordDecision(
  context: ReconcilerContext,
  { subject, decision }: Decided,
): Promise<number | null> {
  if (decision.kind === "idle") {
    await supersedeOthers(context, subject, decision.id);
    return decision.requeueAfterMs;
  }
  const isOver = isTerminal(decision.phase) && decision.writes.length === 0;
  await saveRollout(context, subject, decision, isOver);
  if (!finishes(decision)) await reportDeployments(context, subject, decision);
  return finishes(decision) && decision.writes.length > 0 ? 0 : decision.requeueAfterMs;
}

/** True when everything is in the fleet repository. */
async function commitDecisions(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  entries: readonly Decided[],
): Promise<boolean> {
  const changes = new Map(entries.map((entry) => [entry, changesOf(entry)]));
  const changing = entries.filter((entry) => changes.get(entry)?.length);
  if (changing.length === 0) return true;
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes: changing.flatMap((entry) => changes.get(entry) ?? []),
    restsOn: entries.flatMap(({ subject }) => filesOf(snapshot, subject)),
    subject: changing.map(describe).join(" · "),
    cause: changing.map(({ decision }) => `rollout ${idOf(decision)}`).join(", "),
  });
  if (outcome === "stale") {
    await context.fleet.refresh();
    return false;
  }
  await context.queue.wake(["fleet"]);
  const atMs = context.clock.now();
  for (const { subject, decision } of changing) {
    const { script, version } = subject;
    await context.records.appendEvent({ atMs, type: "change", data: { script, version } });
    const { holdChange } = decision;
    if (holdChange.kind === "put")
      await audit(context, `${script}@${version}`, idOf(decision), holdChange.hold);
  }
  return true;
}

/** What is on its way in one region keeps another from starting, so a decision holds for all of a script's files together. */
function filesOf({ fleet }: FleetSnapshot, { script, version }: RolloutSubject): string[] {
  return [...fleet.regions.map(({ name }) => releasePath(name, script, version)), holdPath(script, version)];
}

function idOf(decision: RolloutDecision): string {
  return decision.kind === "idle" ? decision.id : decision.memory.id;
}

function changesOf({ decision: { writes, holdChange }, subject }: Decided): FileChange[] {
  const { script, version } = subject;
  const textOf = textsOfReleases();
  const changes: FileChange[] = writes.map(({ region, release }) => ({
    path: releasePath(region, script, version),
    content: release === null ? null : textOf(release),
  }));
  if (holdChange.kind === "none") return changes;
  const content = holdChange.kind === "put" ? holdText(holdChange.hold) : null;
  return [...changes, { path: holdPath(script, version), content }];
}

/** Regions of a wave mostly get the same text, which is made once. */
function textsOfReleases(): (release: Release) => string {
  const texts = new Map<string, string>();
  return (release) => {
    const content = JSON.stringify(release);
    const text = texts.get(content) ?? releaseText(release);
    texts.set(content, text);
    return text;
  };
}

function describe({ subject: { script, version }, decision }: Decided): string {
  const said = [...describeHold(decision.holdChange), ...decision.writes.map(describeWrite)];
  return `${script}@${version}: ${said.join("; ")}`;
}

async function audit(
  context: ReconcilerContext,
  subject: string,
  id: string,
  hold: Extract<HoldChange, { kind: "put" }>["hold"],
): Promise<void> {
  await context.records.appendAudit({
    atMs: context.clock.now(),
    actor: hold.by,
    action: hold.mode,
    subject,
    cause: `rollout ${id}: ${hold.reason}`,
    evidence: { revision: hold.revision, to: hold.to ?? null, measured: hold.evidence ?? null },
    undo: `showrunner promote ${subject} --reason "..."`,
  });
}

function describeHold(change: HoldChange): string[] {
  switch (change.kind) {
    case "none":
      return [];
    case "delete":
      return ["the hold has ended"];
    case "put": {
      const { mode, revision, reason } = change.hold;
      const what = mode === "rollback" ? "roll back" : "abort";
      // The subject is one line, whatever a script wrote into its error.
      return [
        `${what} ${revision?.commit.slice(0, 7) ?? ""}, ${reason.replaceAll(/\s+/g, " ").slice(0, 200)}`,
      ];
    }
    default:
      return assertNever(change);
  }
}

function describeWrite({ region, release }: ReleaseWrite): string {
  if (release === null) return `${region} serves nothing`;
  const { next, stable, rollout } = release;
  if (next)
    return `${region} serves ${next.commit.slice(0, 7)} on ${next.nodesPct}% of nodes (wave ${rollout?.wave ?? 1})`;
  return `${region} is stable at ${stable?.commit.slice(0, 7) ?? "nothing"}`;
}
