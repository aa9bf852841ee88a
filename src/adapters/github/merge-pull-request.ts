import type { ProbotOctokit } from "probot";
import type { Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

/**
 * Merges a pull request as long as `headSha` is its head, under the rules of the branch. "moved" when there was another
 * push; "refused" when the branch's rules, a conflict or its being closed stand against it.
 */
export async function mergePullRequest(
  octokit: ProbotOctokit,
  repository: Repository,
  number: number,
  headSha: string,
): Promise<"merged" | "moved" | "refused"> {
  try {
    await octokit.rest.pulls.merge({ ...ownerAndName(repository), pull_number: number, sha: headSha });
    return "merged";
  } catch (error) {
    const status = failedStatus(error);
    if (status === 409) return "moved";
    if (status === 403 || status === 405 || status === 422) return "refused";
    throw error;
  }
}
