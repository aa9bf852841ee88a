import {
  bodyOf,
  inRepository,
  must,
  numberParam,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { emit } from "../events.ts";
import { HttpError, notFound } from "../http-error.ts";
import { paged } from "../paging.ts";
import { roleOf } from "../access.ts";
import type { Webhook } from "../openapi/used.ts";
import type { Comment } from "../records.ts";
import { commentJson, issueJson, reactionJson } from "../representations/issue.ts";
import type { Json } from "../representations/json.ts";
import { timestamp } from "../time.ts";
import { ISSUE_READ, ISSUE_WRITE, issueParam } from "./issue-param.ts";

const BODY_CHARACTERS_MAX = 65_536;

/** Comments on issues and pull requests, and reactions to them. */
export const commentRoutes: Routes = {
  "issues/list-comments": inRepository(ISSUE_READ, (call) =>
    listed(call, call.github.store.comments.list(call.repository.id, String(issueParam(call).number))),
  ),
  "issues/list-comments-for-repo": inRepository(ISSUE_READ, (call) =>
    listed(call, call.github.store.comments.list(call.repository.id)),
  ),
  "issues/create-comment": inRepository(ISSUE_WRITE, createComment, "read"),
  "issues/get-comment": inRepository(ISSUE_READ, (call) => ({
    status: 200,
    body: commentJson(call.github, call.repository, commentParam(call)),
  })),
  "issues/update-comment": inRepository(ISSUE_WRITE, updateComment, "read"),
  "issues/delete-comment": inRepository(ISSUE_WRITE, deleteComment, "read"),
  "reactions/list-for-issue-comment": inRepository(ISSUE_READ, (call) => {
    const all = call.github.store.reactions.list(call.repository.id, String(commentParam(call).id));
    const { items, headers } = paged(call, all);
    return { status: 200, headers, body: items.map((reaction) => reactionJson(call.github, reaction)) };
  }),
  "reactions/create-for-issue-comment": inRepository(ISSUE_WRITE, createReaction, "read"),
  "reactions/delete-for-issue-comment": inRepository(
    ISSUE_WRITE,
    (call) => {
      const reaction = call.github.store.reactions.get(numberParam(call, "reaction_id"));
      if (reaction === undefined || reaction.commentId !== commentParam(call).id) throw notFound();
      call.github.store.reactions.delete(reaction.id);
      return { status: 204 };
    },
    "read",
  ),
};

function listed(call: RepositoryCall, all: readonly Comment[]): Reply {
  const since = Date.parse(call.query.get("since") ?? "");
  const wanted = Number.isNaN(since) ? all : all.filter((each) => Date.parse(each.updatedAt) >= since);
  const { items, headers } = paged(call, wanted);
  return { status: 200, headers, body: items.map((each) => commentJson(call.github, call.repository, each)) };
}

function commentParam(call: RepositoryCall): Comment {
  const found = call.github.store.comments.get(numberParam(call, "comment_id"));
  if (found?.repositoryId !== call.repository.id) throw notFound();
  return found;
}

function textOf(call: RepositoryCall): string {
  const text = must(bodyOf<{ body: string }>(call).body, "body");
  if (text.trim() === "") throw new HttpError(422, "Body can't be blank");
  if (text.length > BODY_CHARACTERS_MAX)
    throw new HttpError(422, "Body is too long (maximum is 65536 characters)");
  return text;
}

function createComment(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const now = timestamp(github.now());
  const comment = github.store.comments.add({
    repositoryId: repository.id,
    issueNumber: issueParam(call).number,
    authorId: sceneOf(call).sender.id,
    body: textOf(call),
    createdAt: now,
    updatedAt: now,
  });
  tell(call, "issue-comment-created", comment);
  return { status: 201, body: commentJson(github, repository, comment) };
}

function updateComment(call: RepositoryCall): Reply {
  const before = commentParam(call);
  demandOwn(call, before);
  const body = textOf(call);
  const updatedAt = timestamp(call.github.now());
  const after = call.github.store.comments.put({ ...before, body, updatedAt });
  if (body !== before.body)
    tell(call, "issue-comment-edited", after, { changes: { body: { from: before.body } } });
  return { status: 200, body: commentJson(call.github, call.repository, after) };
}

function deleteComment(call: RepositoryCall): Reply {
  const comment = commentParam(call);
  demandOwn(call, comment);
  tell(call, "issue-comment-deleted", comment);
  call.github.store.comments.delete(comment.id);
  return { status: 204 };
}

/** Only its author, or who may write to the repository, changes a comment; an app only its own. */
function demandOwn(call: RepositoryCall, comment: Comment): void {
  if (sceneOf(call).sender.id === comment.authorId) return;
  const role = roleOf(call.identity, call.repository);
  if (role !== "write" && role !== "admin") throw new HttpError(403, "Must have write rights to Repository.");
}

function tell(call: RepositoryCall, webhook: Webhook, comment: Comment, extra: Json = {}): void {
  const { github, repository } = call;
  const issue = github.store.issues.find(repository.id, String(comment.issueNumber));
  if (issue === undefined) return;
  emit(sceneOf(call), webhook, {
    issue: issueJson(github, repository, issue),
    comment: commentJson(github, repository, comment),
    ...extra,
  });
}

function createReaction(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const comment = commentParam(call);
  const content = must(bodyOf<{ content: string }>(call).content, "content");
  const authorId = sceneOf(call).sender.id;
  const all = github.store.reactions.list(repository.id, String(comment.id));
  const known = all.find((reaction) => reaction.content === content && reaction.authorId === authorId);
  if (known !== undefined) return { status: 200, body: reactionJson(github, known) };
  const fields = { repositoryId: repository.id, commentId: comment.id, authorId, content };
  const made = github.store.reactions.add({ ...fields, createdAt: timestamp(github.now()) });
  return { status: 201, body: reactionJson(github, made) };
}
