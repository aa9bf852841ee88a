import type { Github } from "./github.ts";
import type { Account, Issue, PullPart, Repository } from "./records.ts";
import { timestamp } from "./time.ts";

export type NewIssue = { title: string; body: string | null; labels: string[]; pull: PullPart | null };

/** Opens an issue or pull request under the repository's next number. */
export function openIssue(github: Github, repositoryId: number, author: Account, fields: NewIssue): Issue {
  const now = timestamp(github.now());
  return github.store.transaction(() => {
    const repository = freshRepository(github, repositoryId);
    const number = repository.lastNumber + 1;
    const openIssues = repository.openIssues + 1;
    github.store.repositories.put({ ...repository, lastNumber: number, openIssues });
    return github.store.issues.add({
      ...fields,
      repositoryId,
      number,
      authorId: author.id,
      state: "open",
      closedAt: null,
      closedById: null,
      createdAt: now,
      updatedAt: now,
    });
  });
}

/**
 * Changes an issue as it is now, not as a caller read it before it waited for git.
 * Keeps the repository's count of open issues and the time of closing.
 */
export function changeIssue<T extends Issue>(
  github: Github,
  issue: T,
  by: Account,
  change: (fresh: T) => Partial<Issue>,
): T {
  return github.store.transaction(() => {
    const fresh = github.store.issues.get(issue.id);
    if (fresh === undefined) throw new Error(`issue ${issue.id} is gone`);
    // The same record: a pull request stays one.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const before = fresh as T;
    const after: T = { ...before, ...change(before), updatedAt: timestamp(github.now()) };
    if (after.state !== before.state) settleState(github, after, by);
    github.store.issues.put(after);
    return after;
  });
}

/** A repository as it is now. */
export function freshRepository(github: Github, id: number): Repository {
  const repository = github.store.repositories.get(id);
  if (repository === undefined) throw new Error(`repository ${id} is gone`);
  return repository;
}

function settleState(github: Github, after: Issue, by: Account): void {
  const closed = after.state === "closed";
  after.closedAt = closed ? timestamp(github.now()) : null;
  after.closedById = closed ? by.id : null;
  const repository = freshRepository(github, after.repositoryId);
  const openIssues = Math.max(0, repository.openIssues + (closed ? -1 : 1));
  github.store.repositories.put({ ...repository, openIssues });
}
