import { emit, type Scene } from "./events.ts";
import { ZERO, type BareRepository, type RefChange } from "./git/bare-repository.ts";
import { changeIssue, freshRepository } from "./issues.ts";
import { runGit } from "./git/run-git.ts";
import { dropTestMerge, emitPull, keepHeadRef, markMerged, openPulls } from "./pulls.ts";
import { pushPayload } from "./push-payload.ts";
import type { Github } from "./github.ts";
import type { Pull, Repository } from "./records.ts";
import { timestamp } from "./time.ts";

/** Runs work that changes a repository's refs alone, for REST and pushes alike. */
export function whileLocked<T>(github: Github, repository: Repository, work: () => Promise<T>): Promise<T> {
  return github.lock.run(`refs/${repository.id}`, work);
}

/** Moves refs and tells everybody; false when a ref was not where the caller thought. Only while locked. */
export async function changeRefs(scene: Scene, changes: readonly RefChange[]): Promise<boolean> {
  if (!(await scene.github.git.at(scene.repository).updateRefs(changes))) return false;
  await refsChanged(scene, changes);
  return true;
}

/** All that follows from refs that moved, whoever moved them. Only while locked. */
export async function refsChanged(scene: Scene, changes: readonly RefChange[]): Promise<void> {
  const { github } = scene;
  const git = github.git.at(scene.repository);
  const repository = await settleRepository(scene, git, changes);
  const current = { ...scene, repository };
  for (const change of changes) {
    if (!/^refs\/(?:heads|tags)\//.test(change.ref)) continue;
    await emitRef(current, git, change);
    const branch = /^refs\/heads\/(.+)$/.exec(change.ref)?.[1];
    if (branch === undefined) continue;
    for (const issue of openPulls(github, repository)) {
      if (issue.pull.headRef === branch) await followHead(current, git, issue, change);
    }
    if (change.after !== ZERO) await followBase(current, git, branch, change);
  }
}

async function emitRef(scene: Scene, git: BareRepository, change: RefChange): Promise<void> {
  const { repository } = scene;
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(change.ref) ?? [];
  const ref = { ref: name, ref_type: kind === "tags" ? "tag" : "branch", pusher_type: "user" };
  if (change.before === ZERO) {
    emit(scene, "create", {
      ...ref,
      master_branch: repository.defaultBranch,
      description: repository.description,
    });
  }
  if (change.after === ZERO) emit(scene, "delete", ref);
  emit(scene, "push", await pushPayload(scene, git, change));
}

/** The time of the push; and the first branch of an empty repository becomes its default. */
async function settleRepository(
  { github, repository }: Scene,
  git: BareRepository,
  changes: readonly RefChange[],
): Promise<Repository> {
  const current = await git.branch(repository.defaultBranch);
  const first = changes.find((change) => change.after !== ZERO && change.ref.startsWith("refs/heads/"));
  const created = first?.ref.slice("refs/heads/".length);
  const adopt = current === undefined && repository.pushedAt === null && created !== undefined;
  if (adopt && created !== repository.defaultBranch) await git.setHead(created);
  const now = timestamp(github.now());
  const fresh = freshRepository(github, repository.id);
  const defaultBranch = adopt ? created : fresh.defaultBranch;
  return github.store.repositories.put({ ...fresh, defaultBranch, pushedAt: now, updatedAt: now });
}

/** The head branch moved: `synchronize`. It went: closed. */
async function followHead(scene: Scene, git: BareRepository, issue: Pull, change: RefChange): Promise<void> {
  const { github, sender } = scene;
  if (change.after === ZERO) {
    const closed = changeIssue(github, issue, sender, () => ({ state: "closed" }));
    await dropTestMerge(git, closed);
    await emitPull(scene, "pull-request-closed", closed);
    return;
  }
  if (issue.pull.headSha === change.after) return;
  const base = (await git.branch(issue.pull.baseRef)) ?? issue.pull.baseSha;
  const moved = changeIssue(github, issue, sender, ({ pull }) => ({
    pull: { ...pull, headSha: change.after, baseSha: base, mergeability: { kind: "unknown" } },
  }));
  await keepHeadRef(git, moved);
  await emitPull(scene, "pull-request-synchronize", moved, {
    before: issue.pull.headSha,
    after: change.after,
  });
}

/** The base branch moved: a pull request whose head it now contains was merged by that push. */
async function followBase(
  scene: Scene,
  git: BareRepository,
  branch: string,
  change: RefChange,
): Promise<void> {
  const waiting = openPulls(scene.github, scene.repository).filter((issue) => issue.pull.baseRef === branch);
  if (waiting.length === 0) return;
  const args = ["for-each-ref", `--merged=${change.after}`, "--format=%(refname)", "refs/pull/*/head"];
  const done = await runGit(git.directory, args);
  const merged = new Set(done.stdout.toString("utf8").split("\n"));
  for (const issue of waiting) {
    if (!merged.has(`refs/pull/${issue.number}/head`)) continue;
    await markMerged(scene, issue, change.after, change.before === ZERO ? issue.pull.baseSha : change.before);
  }
}
