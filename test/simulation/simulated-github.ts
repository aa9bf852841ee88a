import type { CheckRun, Deployment, FileChange, PullRequest, Repository } from "#domain/ports.ts";

export type Files = ReadonlyMap<string, string>;

export interface Commit {
  readonly sha: string;
  readonly parent: Commit | null;
  /** The other side of a merge. */
  readonly merged: string | null;
  readonly files: Files;
  /** Paths that differ from the parent. */
  readonly changed: ReadonlySet<string>;
  /** First-parent commits up to and with this one. */
  readonly count: number;
  readonly atMs: number;
  readonly author: string;
  readonly message: string;
}

export interface SimulatedPull {
  readonly number: number;
  readonly branch: string;
  readonly title: string;
  /** Of each of its commits. */
  readonly message: string;
  readonly author: string;
  state: PullRequest["state"];
  /** Head of the base branch when it was opened or last updated. */
  baseSha: string;
  /** Where its branch left the base branch. */
  forkSha: string;
  headSha: string;
  mergeCommit: string | null;
}

export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly marker: string;
  body: string;
}

export interface StoredDeployment {
  readonly id: number;
  readonly deployment: Deployment;
  state: string;
  description: string;
}

export interface StoredCheck {
  readonly id: number;
  check: CheckRun;
}

/** One repository as GitHub keeps it: history, pull requests and what apps wrote to it. */
export class SimulatedRepository implements Repository {
  readonly id: number;
  fullName: string;
  readonly defaultBranch = "main";
  readonly commits = new Map<string, Commit>();
  readonly branches = new Map<string, string>();
  readonly pulls = new Map<number, SimulatedPull>();
  readonly checks: StoredCheck[] = [];
  readonly comments: StoredComment[] = [];
  readonly deployments: StoredDeployment[] = [];
  pushes = 0;

  constructor(id: number, fullName: string) {
    this.id = id;
    this.fullName = fullName;
  }

  commit(sha: string): Commit {
    const found = this.commits.get(sha);
    if (!found) throw new Error(`${this.fullName} has no commit ${sha}`);
    return found;
  }

  head(): Commit {
    return this.commit(this.branches.get(this.defaultBranch) ?? "");
  }
}

/** Who hears of what GitHub sends webhooks for. */
export interface GitHubListener {
  pushed(repository: SimulatedRepository, branch: string, commit: Commit): void;
  pullChanged(repository: SimulatedRepository, pull: SimulatedPull): void;
}

/** The state of GitHub, changed by people and by our app alike. Nothing here fails or takes time. */
export class SimulatedGitHub {
  readonly repositories = new Map<number, SimulatedRepository>();
  #nextId = 1;
  #nextCommit = 0xa000000;
  readonly #now: () => number;
  readonly #listener: GitHubListener;

  constructor(now: () => number, listener: GitHubListener) {
    this.#now = now;
    this.#listener = listener;
  }

  addRepository(id: number, fullName: string, files: Files): SimulatedRepository {
    const repository = new SimulatedRepository(id, fullName);
    this.repositories.set(id, repository);
    const changes = [...files].map(([path, content]) => ({ path, content }));
    const root = this.newCommit(repository, null, changes, "people", "Begin");
    repository.branches.set(repository.defaultBranch, root.sha);
    return repository;
  }

  repository(id: number): SimulatedRepository {
    const found = this.repositories.get(id);
    if (!found) throw new Error(`no repository ${id}`);
    return found;
  }

  newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  /** A commit that no branch names yet. */
  newCommit(
    repository: SimulatedRepository,
    parent: Commit | null,
    changes: readonly FileChange[],
    author: string,
    message: string,
    merged: string | null = null,
  ): Commit {
    const files = new Map(parent?.files ?? []);
    const changed = new Set<string>();
    for (const { path, content } of changes) {
      if ((files.get(path) ?? null) === content) continue;
      changed.add(path);
      if (content === null) files.delete(path);
      else files.set(path, content);
    }
    this.#nextCommit += 1;
    const commit: Commit = {
      sha: this.#nextCommit.toString(16).padEnd(40, "0"),
      parent,
      merged,
      files,
      changed,
      count: (parent?.count ?? 0) + 1,
      atMs: this.#now(),
      author,
      message,
    };
    repository.commits.set(commit.sha, commit);
    return commit;
  }

  moveBranch(repository: SimulatedRepository, branch: string, commit: Commit): void {
    repository.branches.set(branch, commit.sha);
    repository.pushes += 1;
    this.#listener.pushed(repository, branch, commit);
  }

  /** Commits on top of a branch. */
  push(
    repository: SimulatedRepository,
    branch: string,
    changes: readonly FileChange[],
    author: string,
    message: string,
  ): Commit {
    const parent = repository.commit(repository.branches.get(branch) ?? "");
    const commit = this.newCommit(repository, parent, changes, author, message);
    this.moveBranch(repository, branch, commit);
    return commit;
  }

  openPull(
    repository: SimulatedRepository,
    branch: string,
    changes: readonly FileChange[],
    author: string,
    message: string,
  ): SimulatedPull {
    const base = repository.head();
    const head = this.newCommit(repository, base, changes, author, message);
    this.moveBranch(repository, branch, head);
    return this.openPullFrom(repository, branch, base.sha, author, message);
  }

  /** A pull request from a branch that is there. */
  openPullFrom(
    repository: SimulatedRepository,
    branch: string,
    baseSha: string,
    author: string,
    message: string,
  ): SimulatedPull {
    const pull: SimulatedPull = {
      number: repository.pulls.size + 1,
      branch,
      title: message.split("\n", 1)[0] ?? "",
      message,
      author,
      state: "open",
      baseSha,
      forkSha: baseSha,
      headSha: repository.branches.get(branch) ?? "",
      mergeCommit: null,
    };
    repository.pulls.set(pull.number, pull);
    this.#testMerge(repository, pull);
    this.#listener.pullChanged(repository, pull);
    return pull;
  }

  /** Puts another commit on a pull request's branch: on top of it, or in its place (a forced push). */
  updatePull(
    repository: SimulatedRepository,
    pull: SimulatedPull,
    changes: readonly FileChange[],
    isForced: boolean,
  ): void {
    const parent = isForced ? repository.head() : repository.commit(pull.headSha);
    const head = this.newCommit(repository, parent, changes, pull.author, pull.message);
    pull.headSha = head.sha;
    pull.baseSha = repository.head().sha;
    if (isForced) pull.forkSha = pull.baseSha;
    this.moveBranch(repository, pull.branch, head);
    this.#testMerge(repository, pull);
    this.#listener.pullChanged(repository, pull);
  }

  mergePull(repository: SimulatedRepository, pull: SimulatedPull): Commit {
    const merge = this.#mergeOf(repository, pull, pull.author);
    pull.state = "merged";
    pull.mergeCommit = merge.sha;
    this.moveBranch(repository, repository.defaultBranch, merge);
    this.#listener.pullChanged(repository, pull);
    return merge;
  }

  #testMerge(repository: SimulatedRepository, pull: SimulatedPull): void {
    pull.mergeCommit = this.#mergeOf(repository, pull, "github").sha;
  }

  #mergeOf(repository: SimulatedRepository, pull: SimulatedPull, author: string): Commit {
    const base = repository.head();
    const changes = changesOf(repository.commit(pull.headSha), repository.commit(pull.forkSha));
    return this.newCommit(repository, base, changes, author, `Merge #${pull.number}`, pull.headSha);
  }
}

/** What a branch changes since it left its base. */
export function changesOf(head: Commit, base: Commit): FileChange[] {
  const paths = new Set<string>();
  for (let at: Commit | null = head; at && at.sha !== base.sha; at = at.parent) {
    for (const path of at.changed) paths.add(path);
  }
  return [...paths].map((path) => ({ path, content: head.files.get(path) ?? null }));
}
