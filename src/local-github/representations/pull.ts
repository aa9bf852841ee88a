import { accountById } from "../accounts.ts";
import type { Github } from "../github.ts";
import type { Pull, Repository } from "../records.ts";
import { missingCheck } from "../required-checks.ts";
import { simpleUser } from "./account.ts";
import { nodeId, type Json } from "./json.ts";
import { labelJson } from "./label.ts";
import { associationOf, repositoryJson } from "./repository.ts";

/** What only git can tell of a pull request. */
export type PullNumbers = { commits: number; additions: number; deletions: number; changedFiles: number };

/** A pull request as lists show it (`pull-request-simple`). */
export function pullSimpleJson(github: Github, repository: Repository, issue: Pull): Json {
  const { pull } = issue;
  const url = `${github.urls.apiRepository(repository)}/pulls/${issue.number}`;
  const html = `${github.urls.html(repository)}/pull/${issue.number}`;
  const issueUrl = `${github.urls.apiRepository(repository)}/issues/${issue.number}`;
  const statuses = `${github.urls.apiRepository(repository)}/statuses/${pull.headSha}`;
  return {
    url,
    id: issue.id,
    node_id: nodeId("PullRequest", issue.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${github.urls.apiRepository(repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: simpleUser(github, accountById(github, issue.authorId)),
    body: issue.body,
    labels: issue.labels.map((name) => labelJson(github, repository, name)),
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.merge?.at ?? null,
    merge_commit_sha: mergeCommitSha(issue),
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: endJson(github, repository, pull.headRef, pull.headSha),
    base: endJson(github, repository, pull.baseRef, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${github.urls.apiRepository(repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: associationOf(repository, issue.authorId),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** A pull request by itself (`pull-request`). */
export function pullJson(github: Github, repository: Repository, issue: Pull, numbers: PullNumbers): Json {
  const { merge, mergeability } = issue.pull;
  const clean = mergeability.kind === "clean";
  return {
    ...pullSimpleJson(github, repository, issue),
    merged: merge !== null,
    mergeable: merge !== null || mergeability.kind === "unknown" ? null : clean,
    rebaseable: merge !== null || mergeability.kind === "unknown" ? null : clean,
    mergeable_state: mergeableState(github, repository, issue),
    merged_by: merge === null ? null : simpleUser(github, accountById(github, merge.byId)),
    comments: github.store.comments.count(repository.id, String(issue.number)),
    review_comments: 0,
    maintainer_can_modify: false,
    commits: numbers.commits,
    additions: numbers.additions,
    deletions: numbers.deletions,
    changed_files: numbers.changedFiles,
  };
}

/** How a pull request is named inside a check run. */
export function pullReferenceJson(github: Github, repository: Repository, { id, number, pull }: Pull): Json {
  const repo = { id: repository.id, url: github.urls.apiRepository(repository), name: repository.name };
  return {
    id,
    number,
    url: `${repo.url}/pulls/${number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo },
  };
}

function endJson(github: Github, repository: Repository, ref: string, sha: string): Json {
  return {
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: simpleUser(github, accountById(github, repository.ownerId)),
    repo: repositoryJson(github, repository),
  };
}

// While open, GitHub shows the test merge of `refs/pull/N/merge`.
function mergeCommitSha({ pull }: Pull): string | null {
  if (pull.merge !== null) return pull.merge.sha;
  return pull.mergeability.kind === "clean" ? pull.mergeability.sha : null;
}

function mergeableState(github: Github, repository: Repository, issue: Pull): string {
  const { pull } = issue;
  if (pull.merge !== null || pull.mergeability.kind === "unknown") return "unknown";
  if (pull.draft) return "draft";
  if (pull.mergeability.kind !== "clean") return "dirty";
  return missingCheck(github, repository, issue) === undefined ? "clean" : "blocked";
}
