import type { ProbotOctokit } from "probot";
import type { Repository, ProposedChange } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

/**
 * Opens the pull request, unless one was ever opened from its branch: one that a person closed or merged stays so.
 * Each step finds what an earlier try left behind. The number of the pull request.
 */
export async function proposeChange(
  octokit: ProbotOctokit,
  repository: Repository,
  request: ProposedChange,
): Promise<number> {
  const known = await pullRequestOf(octokit, repository, request.branch);
  if (known !== null) return known;
  await makeBranch(octokit, repository, request);
  const { branch, base, title, body } = request;
  try {
    const { data } = await octokit.rest.pulls.create({
      ...ownerAndName(repository),
      head: branch,
      base,
      title,
      body,
    });
    return data.number;
  } catch (error) {
    // Another replica, or a try whose answer was lost, was faster.
    const made = failedStatus(error) === 422 ? await pullRequestOf(octokit, repository, branch) : null;
    if (made === null) throw error;
    return made;
  }
}

async function pullRequestOf(
  octokit: ProbotOctokit,
  repository: Repository,
  branch: string,
): Promise<number | null> {
  const where = ownerAndName(repository);
  const head = `${where.owner}:${branch}`;
  const { data } = await octokit.rest.pulls.list({ ...where, head, state: "all", per_page: 100 });
  return data.find((pull) => pull.head.ref === branch)?.number ?? null;
}

async function makeBranch(
  octokit: ProbotOctokit,
  repository: Repository,
  request: ProposedChange,
): Promise<void> {
  const where = ownerAndName(repository);
  const parent = await octokit.rest.git.getCommit({ ...where, commit_sha: request.baseCommit });
  const { data: tree } = await octokit.rest.git.createTree({
    ...where,
    base_tree: parent.data.tree.sha,
    tree: request.files.map(({ path, mode, ...file }) => ({
      path,
      mode,
      type: "blob" as const,
      ...("content" in file ? { content: file.content } : { sha: file.blob }),
    })),
  });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...where,
    message: `${request.title}\n\n${request.commitBody}\n`,
    tree: tree.sha,
    parents: [request.baseCommit],
  });
  try {
    await octokit.rest.git.createRef({ ...where, ref: `refs/heads/${request.branch}`, sha: commit.sha });
  } catch (error) {
    // "Reference already exists": an earlier try got this far.
    if (failedStatus(error) !== 422) throw error;
  }
}
