import type { Context } from "probot";
import type { CommandRecord } from "#adapters/store/commands.ts";
import { commentCommands } from "#domain/pull-request/comment-commands.ts";

/** A new comment on a pull request that may be a command; what it says is read anew from GitHub when it is handled. */
export function commentCommand(
  payload: Context<"issue_comment.created">["payload"],
  receivedAtMs: number,
): CommandRecord | null {
  const { comment, issue, repository } = payload;
  if (issue.pull_request === undefined || issue.pull_request === null) return null;
  if (commentCommands(comment.body).length === 0) return null;
  return {
    id: `comment:${comment.id}`,
    repositoryId: repository.id,
    pullNumber: issue.number,
    source: { kind: "comment", commentId: comment.id },
    receivedAtMs,
  };
}
