import { assertNever } from "#domain/assert-never.ts";
import type { FileChange } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import type { HoldChange, RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { ReleaseWrite } from "#domain/rollout/release-writes.ts";
import { isTerminal } from "#domain/rollout/rollout-phase.ts";
import type { ReconcilerContext } from "./context.ts";
import { type RolloutSubject, reportDeployments, saveRollout } from "./rollout-effects.ts";

/** How soon a decision is made anew when somebody else changed the same file meanwhile, milliseconds. */
const staleRetryMs = 100;

/** Does what was decided: first in git, then in the store and on GitHub. Returns when to look again. */
export async function executeDecision(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  subject: RolloutSubject,
  decision: RolloutDecision,
): Promise<number | null> {
  if (decision.kind === "idle") {
    const isDone = await commitDecision(context, snapshot, subject, decision.id, decision);
    return isDone ? decision.requeueAfterMs : staleRetryMs;
  }
  const finishes = decision.phase.kind === "completed";
  // The last promotion takes the rollout's mark out of git: what it still has to tell GitHub is told before that.
  if (finishes) await reportDeployments(context, subject, decision);
  if (!(await commitDecision(context, snapshot, subject, decision.memory.id, decision))) return staleRetryMs;
  const isOver = isTerminal(decision.phase) && decision.writes.length === 0;
  await saveRollout(context, subject, decision, isOver);
  if (!finishes) await reportDeployments(context, subject, decision);
  return finishes && decision.writes.length > 0 ? 0 : decision.requeueAfterMs;
}

/** True when everything is in the fleet repository. */
async function commitDecision(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { script, version }: RolloutSubject,
  id: string,
  { writes, holdChange }: Pick<RolloutDecision, "writes" | "holdChange">,
): Promise<boolean> {
  const changes: FileChange[] = writes.map(({ region, release }) => ({
    path: releasePath(region, script, version),
    content: release === null ? null : releaseText(release),
  }));
  if (holdChange.kind !== "none") {
    const content = holdChange.kind === "put" ? holdText(holdChange.hold) : null;
    changes.push({ path: holdPath(script, version), content });
  }
  if (changes.length === 0) return true;
  const said = [...describeHold(holdChange), ...writes.map(describeWrite)];
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes,
    subject: `${script}@${version}: ${said.join("; ")}`,
    cause: `rollout ${id}`,
  });
  if (outcome === "stale") {
    await context.fleet.refresh();
    return false;
  }
  await context.queue.wake(["fleet"]);
  const atMs = context.clock.now();
  await context.records.appendEvent({ atMs, type: "change", data: { script, version } });
  if (holdChange.kind === "put") await audit(context, `${script}@${version}`, id, holdChange.hold);
  return true;
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
