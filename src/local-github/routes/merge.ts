import { actor } from "../accounts.ts";
import { roleOf } from "../access.ts";
import { bodyOf, inRepository, protectionOf, type Reply, type RepositoryCall, type Routes } from "../call.ts";
import type { BareRepository } from "../git/bare-repository.ts";
import type { Person } from "../git/commit.ts";
import { HttpError, notFound } from "../http-error.ts";
import { markMerged, person, pullCommits, testMerge } from "../pulls.ts";
import { changeRefs, refsChanged, whileLocked } from "../ref-changes.ts";
import type { Pull } from "../records.ts";
import { missingCheck } from "../required-checks.ts";
import { pullParam } from "./pulls.ts";

type MergeBody = {
  commit_title: string;
  commit_message: string;
  sha: string;
  merge_method: "merge" | "squash" | "rebase";
};

/** Bringing a pull request into its base branch, or the base branch into it. */
export const mergeRoutes: Routes = {
  "pulls/check-if-merged": inRepository("pull_requests:read", (call) => {
    if (pullParam(call).pull.merge === null) throw notFound();
    return { status: 204 };
  }),
  "pulls/merge": inRepository("contents:write", merge),
  "pulls/update-branch": inRepository("pull_requests:write", updateBranch),
};

async function merge(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git, identity } = call;
  const body = bodyOf<MergeBody>(call);
  const scene = { github, repository, sender: actor(github, identity) };
  return whileLocked(github, repository, async () => {
    const issue = await testMerge(github, repository, pullParam(call));
    const { pull } = issue;
    const base = await git.branch(pull.baseRef);
    const mergeable = pull.mergeability.kind === "clean" && issue.state === "open" && !pull.draft;
    if (!mergeable || base === undefined) throw new HttpError(405, "Pull Request is not mergeable");
    if (body.sha !== undefined && body.sha !== pull.headSha) {
      throw new HttpError(409, "Head branch was modified. Review and try the merge again.");
    }
    await demandChecks(call, issue, base);
    const after = await mergedCommit(call, issue, base, body);
    if (after === undefined) throw new HttpError(405, "This branch can't be rebased");
    const change = { ref: `refs/heads/${pull.baseRef}`, before: base, after };
    if (!(await git.updateRefs([change]))) {
      throw new HttpError(409, "Base branch was modified. Review and try the merge again.");
    }
    // First the pull request, so that the push below does not find it open.
    await markMerged(scene, issue, after, base);
    await refsChanged(scene, [change]);
    return { status: 200, body: { sha: after, merged: true, message: "Pull Request successfully merged" } };
  });
}

async function mergedCommit(
  call: RepositoryCall,
  issue: Pull,
  base: string,
  body: Partial<MergeBody>,
): Promise<string | undefined> {
  const { github, repository, git, identity } = call;
  const by = person(github, actor(github, identity));
  const { headSha, headRef } = issue.pull;
  const method = body.merge_method ?? "merge";
  if (method === "rebase") return rebased(git, await pullCommits(git, issue), base, by);
  const tree = await git.mergeTree(base, headSha);
  if (tree === undefined) return undefined;
  const mergeTitle = `Merge pull request #${issue.number} from ${repository.owner}/${headRef}`;
  const title = body.commit_title ?? (method === "squash" ? `${issue.title} (#${issue.number})` : mergeTitle);
  const text = body.commit_message ?? (method === "squash" ? (issue.body ?? "") : issue.title);
  const parents = method === "squash" ? [base] : [base, headSha];
  const sha = await git.writeCommit({
    tree,
    parents,
    author: by,
    committer: by,
    message: text === "" ? `${title}\n` : `${title}\n\n${text}\n`,
  });
  if (identity.kind === "installation") github.store.signedCommits.add({ repositoryId: repository.id, sha });
  return sha;
}

/**
 * The commits replayed on `base`, or undefined when one conflicts. `git merge-tree` finds the base of a merge
 * from history, so each step is given a history of two commits that makes the replayed one's parent that base.
 */
async function rebased(
  git: BareRepository,
  oids: readonly string[],
  base: string,
  committer: Person,
): Promise<string | undefined> {
  let tip = base;
  for (const oid of oids) {
    const commit = await git.mustCommit(oid);
    const [parent] = commit.parents;
    // Merges are left out, as by `git rebase`.
    if (parent === undefined || commit.parents.length > 1) continue;
    const common = { author: committer, committer, message: "rebase" };
    const root = await git.writeCommit({ ...common, parents: [], tree: (await git.mustCommit(parent)).tree });
    const ours = await git.writeCommit({
      ...common,
      parents: [root],
      tree: (await git.mustCommit(tip)).tree,
    });
    const theirs = await git.writeCommit({ ...common, parents: [root], tree: commit.tree });
    const tree = await git.mergeTree(ours, theirs);
    if (tree === undefined) return undefined;
    tip = await git.writeCommit({
      tree,
      parents: [tip],
      author: commit.author,
      committer,
      message: commit.message,
    });
  }
  return tip;
}

/** 405 while a check that the base branch requires has not passed on the head. */
async function demandChecks(call: RepositoryCall, issue: Pull, base: string): Promise<void> {
  const { github, repository, identity, git } = call;
  const { baseRef, headSha } = issue.pull;
  const protection = protectionOf(repository, baseRef);
  if (protection === undefined) return;
  if (roleOf(identity, repository) === "admin" && identity.kind === "user" && !protection.enforceAdmins)
    return;
  const missing = missingCheck(github, repository, issue);
  if (missing !== undefined) throw new HttpError(405, `Required status check "${missing}" is expected.`);
  if (protection.strict && !(await git.isAncestor(base, headSha))) {
    throw new HttpError(405, "Head branch is out of date. Update the branch and try again.");
  }
}

async function updateBranch(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git, identity } = call;
  const { expected_head_sha: expected } = bodyOf<{ expected_head_sha: string }>(call);
  const scene = { github, repository, sender: actor(github, identity) };
  return whileLocked(github, repository, async () => {
    const issue = pullParam(call);
    const { headRef, headSha, baseRef } = issue.pull;
    if (expected !== undefined && expected !== headSha)
      throw new HttpError(422, "expected head sha didn't match current head ref.");
    const base = await git.branch(baseRef);
    if (base === undefined || issue.state !== "open")
      throw new HttpError(422, "The pull request is not open");
    if (await git.isAncestor(base, headSha))
      throw new HttpError(422, "There are no new commits on the base branch.");
    const tree = await git.mergeTree(headSha, base);
    if (tree === undefined) throw new HttpError(422, "merge conflict between base and head");
    const author = person(github, scene.sender);
    const message = `Merge branch '${baseRef}' into ${headRef}\n`;
    const after = await git.writeCommit({
      tree,
      parents: [headSha, base],
      author,
      committer: author,
      message,
    });
    const change = { ref: `refs/heads/${headRef}`, before: headSha, after };
    if (!(await changeRefs(scene, [change]))) throw new HttpError(422, "Head branch was modified.");
    const url = `${github.urls.apiRepository(repository)}/pulls/${issue.number}`;
    return { status: 202, body: { message: "Updating pull request branch.", url } };
  });
}
