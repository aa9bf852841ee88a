import { accountById, noreplyAddress } from "./accounts.ts";
import { emit, type Scene } from "./events.ts";
import { ZERO, type BareRepository } from "./git/bare-repository.ts";
import type { Person } from "./git/commit.ts";
import { runGit } from "./git/run-git.ts";
import type { Github } from "./github.ts";
import { changeIssue } from "./issues.ts";
import type { Webhook } from "./openapi/used.ts";
import type { Account, Issue, Pull, Repository } from "./records.ts";
import type { Json } from "./representations/json.ts";
import { pullJson, type PullNumbers } from "./representations/pull.ts";

const NUMBERS_KEPT_MAX = 2000;

export function isPull(issue: Issue): issue is Pull {
  return issue.pull !== null;
}

export function openPulls(github: Github, repository: Repository): Pull[] {
  return github.store.issues
    .list(repository.id)
    .filter((issue): issue is Pull => isPull(issue) && issue.state === "open");
}

/** The pull request with all that GitHub shows of it. */
export async function describePull(github: Github, repository: Repository, issue: Pull): Promise<Json> {
  return pullJson(github, repository, issue, await pullNumbers(github, repository, issue));
}

/** Queues a `pull_request` webhook, with what is special to its action. */
export async function emitPull(scene: Scene, webhook: Webhook, issue: Pull, extra: Json = {}): Promise<void> {
  const pull_request = await describePull(scene.github, scene.repository, issue);
  emit(scene, webhook, { number: issue.number, pull_request, ...extra });
}

/** Keeps `refs/pull/N/head` at the pull request's head. */
export async function keepHeadRef(git: BareRepository, issue: Pull): Promise<void> {
  const ref = `refs/pull/${issue.number}/head`;
  const before = (await git.ref(ref))?.oid ?? ZERO;
  if (before !== issue.pull.headSha) await git.placePullRef(ref, issue.pull.headSha);
}

/**
 * Brings an open pull request's test merge up to date: `refs/pull/N/merge`, a merge of its head into the base
 * branch as it is now. One at a time for each pull request, so that two readers do not both make it.
 */
export async function testMerge(github: Github, repository: Repository, issue: Pull): Promise<Pull> {
  if (issue.state !== "open") return issue;
  return github.lock.run(`test-merge/${issue.id}`, async () => {
    const git = github.git.at(repository);
    const found = github.store.issues.get(issue.id);
    const base = await git.branch(issue.pull.baseRef);
    if (found === undefined || !isPull(found) || base === undefined) return issue;
    const { headSha, mergeability } = found.pull;
    if (mergeability.kind !== "unknown" && mergeability.base === base) return found;
    const tree = await git.mergeTree(base, headSha);
    const author = person(github, accountById(github, found.authorId));
    const message = `Merge ${headSha} into ${base}`;
    const sha =
      tree && (await git.writeCommit({ tree, parents: [base, headSha], author, committer: author, message }));
    const ref = `refs/pull/${found.number}/merge`;
    const before = (await git.ref(ref))?.oid ?? ZERO;
    const after = sha ?? ZERO;
    if (before !== after) await git.placePullRef(ref, after);
    const current = github.store.issues.get(issue.id);
    if (current === undefined || !isPull(current)) return found;
    // Pushed to meanwhile: what was just made is of an older head, and the next look makes it anew.
    if (current.pull.headSha !== headSha) return current;
    const settled =
      sha === undefined ? ({ kind: "conflict", base } as const) : ({ kind: "clean", base, sha } as const);
    const next: Pull = { ...current, pull: { ...current.pull, mergeability: settled } };
    return github.store.issues.put(next) === next ? next : current;
  });
}

/** The commits of a pull request, oldest first. */
export async function pullCommits(git: BareRepository, { pull }: Pull): Promise<string[]> {
  return git.revList(["--reverse", "--topo-order", "--max-count=250", pull.headSha, `^${pull.baseSha}`]);
}

/** Marks a pull request as merged and closed, and tells. */
export async function markMerged(scene: Scene, issue: Pull, sha: string, baseSha: string): Promise<Pull> {
  const { github, sender } = scene;
  const merge = { sha, byId: sender.id, at: new Date(github.now()).toISOString().replace(/\.\d+Z$/, "Z") };
  const merged = changeIssue(github, issue, sender, ({ pull }) => ({
    state: "closed",
    pull: { ...pull, merge, baseSha },
  }));
  await dropTestMerge(github.git.at(scene.repository), merged);
  await emitPull(scene, "pull-request-closed", merged);
  return merged;
}

/** Removes `refs/pull/N/merge` of a pull request that is no longer open. */
export async function dropTestMerge(git: BareRepository, issue: Pull): Promise<void> {
  const ref = `refs/pull/${issue.number}/merge`;
  if ((await git.ref(ref)) !== undefined) await git.placePullRef(ref, ZERO);
}

/** Someone as the author of a commit that is made now. */
export function person(github: Github, account: Account): Person {
  return {
    name: account.name ?? account.login,
    email: noreplyAddress(account),
    timeMs: github.now(),
    zone: "+0000",
  };
}

async function pullNumbers(github: Github, repository: Repository, { pull }: Pull): Promise<PullNumbers> {
  const key = `${pull.baseSha}...${pull.headSha}`;
  const known = github.pullNumbers.get(key);
  if (known !== undefined) return known;
  const { directory } = github.git.at(repository);
  const [count, stat] = await Promise.all([
    runGit(directory, ["rev-list", "--count", pull.headSha, `^${pull.baseSha}`, "--"]),
    runGit(directory, ["diff", "--shortstat", "--no-ext-diff", key, "--"], { okCodes: [0, 128] }),
  ]);
  const text = stat.stdout.toString("utf8");
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  const numbers = {
    commits: Number(count.stdout.toString("utf8")),
    changedFiles: number(/(\d+) files? changed/),
    additions: number(/(\d+) insertion/),
    deletions: number(/(\d+) deletion/),
  };
  github.pullNumbers.set(key, numbers);
  if (github.pullNumbers.size > NUMBERS_KEPT_MAX) {
    for (const oldest of github.pullNumbers.keys()) {
      github.pullNumbers.delete(oldest);
      break;
    }
  }
  return numbers;
}
