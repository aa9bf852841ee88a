import { accountById } from "../accounts.ts";
import type { Github } from "../github.ts";
import type { Comment, Issue, Reaction, Repository, Review } from "../records.ts";
import { simpleUser } from "./account.ts";
import { nodeId, type Json } from "./json.ts";
import { labelJson } from "./label.ts";
import { associationOf } from "./repository.ts";

/** An issue or pull request as an issue (`issue`). */
export function issueJson(github: Github, repository: Repository, issue: Issue): Json {
  const url = `${github.urls.apiRepository(repository)}/issues/${issue.number}`;
  const pulls = `${github.urls.apiRepository(repository)}/pulls/${issue.number}`;
  const html = `${github.urls.html(repository)}/${issue.pull === null ? "issues" : "pull"}/${issue.number}`;
  const closedBy =
    issue.closedById === null ? null : simpleUser(github, accountById(github, issue.closedById));
  return {
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    url,
    repository_url: github.urls.apiRepository(repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    state_reason: null,
    title: issue.title,
    body: issue.body,
    user: simpleUser(github, accountById(github, issue.authorId)),
    labels: issue.labels.map((name) => labelJson(github, repository, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: github.store.comments.count(repository.id, String(issue.number)),
    closed_at: issue.closedAt,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_by: closedBy,
    author_association: associationOf(repository, issue.authorId),
    reactions: reactionsJson(`${url}/reactions`, []),
    performed_via_github_app: null,
    ...(issue.pull === null
      ? {}
      : {
          draft: issue.pull.draft,
          pull_request: {
            url: pulls,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: issue.pull.merge?.at ?? null,
          },
        }),
  };
}

/** A comment on an issue or pull request (`issue-comment`). */
export function commentJson(github: Github, repository: Repository, comment: Comment): Json {
  const author = accountById(github, comment.authorId);
  const url = `${github.urls.apiRepository(repository)}/issues/comments/${comment.id}`;
  const issue = github.store.issues.find(repository.id, String(comment.issueNumber));
  const place = issue?.pull === null ? "issues" : "pull";
  const reactions = github.store.reactions.list(repository.id, String(comment.id));
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url,
    html_url: `${github.urls.html(repository)}/${place}/${comment.issueNumber}#issuecomment-${comment.id}`,
    issue_url: `${github.urls.apiRepository(repository)}/issues/${comment.issueNumber}`,
    body: comment.body,
    user: simpleUser(github, author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(repository, comment.authorId),
    reactions: reactionsJson(`${url}/reactions`, reactions),
    performed_via_github_app: null,
  };
}

export function reactionJson(github: Github, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId("Reaction", reaction.id),
    user: simpleUser(github, accountById(github, reaction.authorId)),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

/** A review of a pull request (`pull-request-review`). */
export function reviewJson(github: Github, repository: Repository, review: Review): Json {
  const pull = `${github.urls.apiRepository(repository)}/pulls/${review.issueNumber}`;
  const html = `${github.urls.html(repository)}/pull/${review.issueNumber}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: simpleUser(github, accountById(github, review.authorId)),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    updated_at: review.submittedAt,
    commit_id: review.commitId,
    author_association: associationOf(repository, review.authorId),
  };
}

const REACTIONS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

function reactionsJson(url: string, reactions: readonly Reaction[]): Json {
  const counts = REACTIONS.map((content) => [
    content,
    reactions.filter((it) => it.content === content).length,
  ]);
  return { url, total_count: reactions.length, ...Object.fromEntries(counts) };
}
