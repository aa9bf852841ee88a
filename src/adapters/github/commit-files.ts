import type { ProbotOctokit } from "probot";
import { CodeHostError, type CommitOutcome, type FileChange, type Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

/** GitHub takes larger trees, but slowly; it ends requests after ten seconds. */
const CHANGES_A_TREE = 500;

/** The commit a branch points to; null when there is no such branch, also in a repository without commits. */
export async function branchHead(
  octokit: ProbotOctokit,
  repository: Repository,
  branch: string,
): Promise<string | null> {
  try {
    const { data } = await octokit.rest.git.getRef({ ...ownerAndName(repository), ref: `heads/${branch}` });
    return data.object.type === "commit" ? data.object.sha : null;
  } catch (error) {
    const status = failedStatus(error);
    // 409: "Git Repository is empty."
    if (status === 404 || status === 409) return null;
    throw error;
  }
}

/**
 * One commit on top of `expectedHead`; that the branch is still there is found out when it is moved. The commit names no author, so that GitHub signs it as the app's. Changes that change
 * nothing make no commit.
 */
export async function commitFiles(
  octokit: ProbotOctokit,
  repository: Repository,
  branch: string,
  expectedHead: string,
  changes: readonly FileChange[],
  message: string,
): Promise<CommitOutcome> {
  const where = ownerAndName(repository);
  const parent = await octokit.rest.git.getCommit({ ...where, commit_sha: expectedHead });
  const tree = await changedTree(octokit, where, parent.data.tree.sha, changes);
  if (tree === parent.data.tree.sha) return { kind: "committed", commit: expectedHead };

  const { data: commit } = await octokit.rest.git.createCommit({
    ...where,
    message,
    tree,
    parents: [expectedHead],
  });
  try {
    await octokit.rest.git.updateRef({ ...where, ref: `heads/${branch}`, sha: commit.sha, force: false });
    return { kind: "committed", commit: commit.sha };
  } catch (error) {
    const status = failedStatus(error);
    if (status !== 422 && status !== 409) throw error;
    const newHead = await headOf(octokit, repository, branch);
    if (newHead === commit.sha) return { kind: "committed", commit: commit.sha };
    // An unmoved branch was refused for another reason, such as its protection.
    if (newHead === expectedHead) throw error;
    return { kind: "moved", head: newHead };
  }
}

async function headOf(octokit: ProbotOctokit, repository: Repository, branch: string): Promise<string> {
  const head = await branchHead(octokit, repository, branch);
  if (head === null) throw new CodeHostError("terminal", `${repository.fullName} has no branch ${branch}`);
  return head;
}

async function changedTree(
  octokit: ProbotOctokit,
  where: { owner: string; repo: string },
  baseTree: string,
  changes: readonly FileChange[],
): Promise<string> {
  let tree = baseTree;
  for (let done = 0; done < changes.length; done += CHANGES_A_TREE) {
    const { data } = await octokit.rest.git.createTree({
      ...where,
      base_tree: tree,
      tree: changes.slice(done, done + CHANGES_A_TREE).map(treeItem),
    });
    tree = data.sha;
  }
  return tree;
}

function treeItem({ path, content }: FileChange) {
  const file = { path, mode: "100644" as const, type: "blob" as const };
  return content === null ? { ...file, sha: null } : { ...file, content };
}
