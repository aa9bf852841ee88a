import { assertNever } from "#domain/assert-never.ts";
import { formatTarget, parseTargetText } from "#domain/operations/operation-target.ts";
import type { Operation, OperationKind, OperationTarget } from "#domain/operations/operation.ts";
import { atomicGroupOf } from "#domain/operations/target-scripts.ts";
import type { PullRequest, Repository } from "#domain/ports.ts";
import { type Asked, askedOperation } from "#domain/pull-request/asked-operation.ts";
import type { CommentCommand } from "#domain/pull-request/comment-commands.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { performOperation } from "#app/operations/perform-operation.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { mergeSeen, startCanaries, stopCanaries } from "./canary-command.ts";
import { commandSubjects } from "./command-subjects.ts";
import { helpText } from "./help-text.ts";

/** A person's wish, and how its acts are known again: `cause` stands in their commits. */
export interface Wish {
  readonly command: CommentCommand;
  readonly login: string;
  readonly cause: string;
  readonly askedAtMs: number;
  /** The commit that the pressed button was on; null for comments, which name none. */
  readonly headSha: string | null;
}

export type CommandResult =
  /** `answer` is what the person should read; null when what happened shows elsewhere. */
  { readonly ok: true; readonly answer: string | null } | { readonly ok: false; readonly answer: string };

/**
 * Does what a command asks for. `isDone` tells what an earlier attempt has committed already. Throws when it cannot be
 * done now.
 */
export async function runCommand(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  wish: Wish,
  isDone: (cause: string) => boolean,
): Promise<CommandResult> {
  const asked = askedOperation(wish.command, await commandSubjects(context, repository, pull));
  switch (asked.kind) {
    case "help":
      return { ok: true, answer: helpText() };
    case "plan":
      // What was found out is forgotten, so that check and comment are made anew for now.
      await context.records.deletePullRequest(repository.id, pull.number);
      return { ok: true, answer: null };
    case "canary": {
      const wanted = { login: wish.login, askedAtMs: wish.askedAtMs, headSha: wish.headSha };
      const act = asked.isStop ? stopCanaries : startCanaries;
      return act(context, repository, pull, asked.scripts, wanted);
    }
    case "wrong":
      return { ok: false, answer: asked.message };
    case "rollout": {
      if (pull.state === "open") return mergeSeen(context, repository, pull, wish);
      const snapshot = await newestFleet(context);
      const kind = (target: string) => (snapshot.holds.get(target)?.mode === "pause" ? "resume" : "promote");
      return runAll(context, repository, pull, wish, isDone, snapshot, asked.scripts, kind, asked);
    }
    case "operation": {
      const { operation, targets } = asked;
      const snapshot = await newestFleet(context);
      return runAll(context, repository, pull, wish, isDone, snapshot, targets, () => operation, asked);
    }
    default:
      return assertNever(asked);
  }
}

async function runAll(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  wish: Wish,
  isDone: (cause: string) => boolean,
  snapshot: FleetSnapshot,
  texts: readonly string[],
  kindOf: (target: string) => OperationKind,
  asked: Extract<Asked, { kind: "operation" | "rollout" }>,
): Promise<CommandResult> {
  const refusals: string[] = [];
  const seen = new Set<string>();
  for (const text of texts) {
    const kind = kindOf(text);
    const target = groupedTarget(snapshot, kind, text);
    const cause = `${wish.cause} ${kind} ${formatTarget(target)}`;
    if (seen.has(cause) || isDone(cause)) continue;
    seen.add(cause);
    const operation: Operation = {
      kind,
      target,
      reason: asked.reason === "" ? `asked for on ${repository.fullName}#${pull.number}` : asked.reason,
      by: `@${wish.login}`,
      askedAtMs: wish.askedAtMs,
      untilMs: asked.kind === "operation" && asked.forMs !== null ? wish.askedAtMs + asked.forMs : null,
      toCommit: asked.kind === "operation" ? asked.toCommit : null,
      confirmed: null,
    };
    const outcome = await performOperation(context, operation, { cause, dryRun: false });
    if (outcome.kind === "unavailable") throw new Error(outcome.message);
    if (outcome.kind === "refused") refusals.push(outcome.error.message);
  }
  if (refusals.length === 0) return { ok: true, answer: null };
  return { ok: false, answer: refusals.join("\n\n") };
}

/** A member of an atomic group is taken back or sent ahead with its whole group. */
function groupedTarget(snapshot: FleetSnapshot, kind: OperationKind, text: string): OperationTarget {
  const target = parseTargetText(text);
  if (target === null) throw new Error(`${text} is no target`);
  const isMoving = kind === "abort" || kind === "rollback" || kind === "promote";
  const group = target.kind === "script" && isMoving ? atomicGroupOf(snapshot, target.name) : null;
  return group === null ? target : { kind: "group", name: group };
}

async function newestFleet(context: ReconcilerContext): Promise<FleetSnapshot> {
  const snapshot = await context.fleet.refresh();
  if (!snapshot) throw new Error("no valid fleet.yaml was found");
  return snapshot;
}
