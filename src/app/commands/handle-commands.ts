import { escapeMarkdown } from "#adapters/github/markdown.ts";
import type { CommandRecord } from "#adapters/store/commands.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { IssueComment, PullRequest, Repository } from "#domain/ports.ts";
import {
  type CommandName,
  type CommentCommand,
  commentCommands,
} from "#domain/pull-request/comment-commands.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { buttonCommand } from "./check-buttons.ts";
import { mayCommand } from "./may-command.ts";
import { type CommandResult, runCommand, type Wish } from "./run-command.ts";

/** The marker of the one comment that answers commands. */
const answerMarker = "commands";
/** Nobody expects an older command to be obeyed, milliseconds: what it was about has changed. */
const ageMsMax = 86_400_000;
/** How far back an interrupted command's commits are looked for. */
const commitsLookedAt = 500;

/**
 * Obeys what people asked for on a pull request and was not handled yet, in its order. A comment is read anew from
 * GitHub, and our own reaction on it tells how far it was: none, unseen; eyes, an attempt was begun, and what it committed
 * is found in the fleet repository by its cause; any other, done. So nothing is lost or done twice, whenever we die.
 */
export async function handleCommands(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<void> {
  for (const command of await context.records.listOpenCommands(repository.id, pull.number)) {
    const outcome = await handle(context, repository, pull, command);
    await context.records.markCommandHandled(command.id, outcome, context.clock.now());
  }
}

async function handle(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  command: CommandRecord,
): Promise<string> {
  const { source } = command;
  switch (source.kind) {
    case "comment": {
      const comment = await context.host.issueComment(repository, source.commentId);
      return comment === null ? "it was deleted" : handleComment(context, repository, pull, comment);
    }
    case "button":
      return handleButton(context, repository, pull, command, source);
    default:
      return assertNever(source);
  }
}

async function handleComment(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  comment: IssueComment,
): Promise<string> {
  const { host, clock } = context;
  const commands = comment.isPerson && !comment.isEdited ? commentCommands(comment.body) : [];
  if (commands.length === 0 || comment.issue !== pull.number) return "it is no command";
  const reactions = await host.ownReactions(repository, comment.id);
  if (reactions.some((reaction) => reaction !== "eyes")) return "it was handled before";
  if (clock.now() - comment.createdAtMs > ageMsMax) return "it is too old";
  const names = commands.map(({ name }) => name);
  if (!(await mayAll(context, repository, pull, comment.author, names))) {
    await host.react(repository, comment.id, "-1");
    return "its author may not";
  }
  const isDone = reactions.includes("eyes") ? await committedCauses(context) : () => false;
  await host.react(repository, comment.id, "eyes");
  const results: CommandResult[] = [];
  for (const command of commands) {
    const cause = `command ${comment.url}`;
    const wish: Wish = {
      command,
      login: comment.author,
      cause,
      askedAtMs: comment.createdAtMs,
      headSha: null,
    };
    results.push(await runCommand(context, repository, pull, wish, isDone));
  }
  await answer(context, repository, pull, comment.author, commands, results);
  // Last, because it says that everything is done.
  await host.react(repository, comment.id, results.every(({ ok }) => ok) ? "+1" : "confused");
  return results.every(({ ok }) => ok) ? "done" : "refused";
}

async function handleButton(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  { id, receivedAtMs }: CommandRecord,
  { identifier, sender, headSha }: Extract<CommandRecord["source"], { kind: "button" }>,
): Promise<string> {
  const command = buttonCommand(identifier);
  if (command === null) return "there is no such button";
  if (!(await mayAll(context, repository, pull, sender, [command.name]))) return "its presser may not";
  // The store alone knows of a press, not how far it was, so its commits are always looked for.
  const isDone = await committedCauses(context);
  const wish: Wish = { command, login: sender, cause: id, askedAtMs: receivedAtMs, headSha: headSha ?? null };
  const result = await runCommand(context, repository, pull, wish, isDone);
  await answer(context, repository, pull, sender, [command], [result]);
  return result.ok ? "done" : "refused";
}

async function mayAll(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  login: string,
  names: readonly CommandName[],
): Promise<boolean> {
  for (const name of new Set(names))
    if (!(await mayCommand(context, repository, pull, login, name))) return false;
  return true;
}

/** Which causes stand in the latest commits of the fleet repository. */
async function committedCauses({ fleet }: ReconcilerContext): Promise<(cause: string) => boolean> {
  const snapshot = await fleet.refresh();
  const source = await fleet.source();
  if (!snapshot || !source) return () => false;
  const messages = await source.mirror.messages(snapshot.commit, commitsLookedAt);
  return (cause) => messages.some((message) => message.includes(`\nShowrunner-Cause: ${cause} by `));
}

/** One comment for all answers of a pull request, edited in place; none where there is nothing to say. */
async function answer(
  { host }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  login: string,
  commands: readonly CommentCommand[],
  results: readonly CommandResult[],
): Promise<void> {
  const parts = results.flatMap((result, index) => {
    if (result.answer === null) return [];
    const text = result.ok ? result.answer : escapeMarkdown(result.answer);
    return [`\`/${commands[index]?.name ?? ""}\` (${escapeMarkdown(login)})\n\n${text}`];
  });
  if (parts.length === 0) return;
  await host.upsertComment(repository, pull.number, answerMarker, parts.join("\n\n---\n\n"));
}
