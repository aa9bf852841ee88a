import type { ProbotOctokit } from "probot";
import type { PullRequest, Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

const OPEN_MAX = 3_000;
const OF_COMMIT_MAX = 100;
/** GitHub itself lists no more files of a pull request. */
const FILES_MAX = 3_000;

/** Newest first, as GitHub lists them. */
export async function openPullRequests(
  octokit: ProbotOctokit,
  repository: Repository,
): Promise<PullRequest[]> {
  const found: PullRequest[] = [];
  const query = { ...ownerAndName(repository), state: "open" as const, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.pulls.list, query)) {
    found.push(...page.data.map(asPullRequest));
    if (found.length >= OPEN_MAX) break;
  }
  return found;
}

/** null when there is no such pull request. */
export async function pullRequest(
  octokit: ProbotOctokit,
  repository: Repository,
  number: number,
): Promise<PullRequest | null> {
  try {
    const { data } = await octokit.rest.pulls.get({ ...ownerAndName(repository), pull_number: number });
    const found = asPullRequest(data);
    // After a conflict GitHub may still name the test merge of before.
    return found.state === "open" && data.mergeable === false ? { ...found, mergeCommit: null } : found;
  } catch (error) {
    if (failedStatus(error) === 404) return null;
    throw error;
  }
}

/** Merged pull requests that brought this commit to a branch; none when GitHub does not know the commit. */
export async function pullRequestsOfCommit(
  octokit: ProbotOctokit,
  repository: Repository,
  commit: string,
): Promise<PullRequest[]> {
  try {
    const found: PullRequest[] = [];
    const query = { ...ownerAndName(repository), commit_sha: commit, per_page: 100 };
    const list = octokit.rest.repos.listPullRequestsAssociatedWithCommit;
    for await (const page of octokit.paginate.iterator(list, query)) {
      found.push(...page.data.map(asPullRequest));
      if (found.length >= OF_COMMIT_MAX) break;
    }
    return found.filter((one) => one.state === "merged");
  } catch (error) {
    const status = failedStatus(error);
    if (status === 404 || status === 422) return [];
    throw error;
  }
}

export async function changedFiles(
  octokit: ProbotOctokit,
  repository: Repository,
  number: number,
): Promise<string[]> {
  const paths = new Set<string>();
  let files = 0;
  const query = { ...ownerAndName(repository), pull_number: number, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.pulls.listFiles, query)) {
    for (const file of page.data) {
      paths.add(file.filename);
      if (file.previous_filename !== undefined) paths.add(file.previous_filename);
    }
    files += page.data.length;
    if (files >= FILES_MAX) break;
  }
  return [...paths];
}

/** What the lists and the single answer have in common. */
interface PullRequestAnswer {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly user: { readonly login: string } | null;
  readonly state: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly base: { readonly ref: string; readonly sha: string };
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repo: { readonly id: number } | null;
  };
}

function asPullRequest(answer: PullRequestAnswer): PullRequest {
  return {
    number: answer.number,
    url: answer.html_url,
    title: answer.title,
    body: answer.body ?? "",
    // GitHub shows deleted accounts as this one.
    author: answer.user?.login ?? "ghost",
    state: stateOf(answer),
    mergeCommit: answer.merge_commit_sha,
    base: { branch: answer.base.ref, sha: answer.base.sha },
    head: { branch: answer.head.ref, sha: answer.head.sha, repositoryId: answer.head.repo?.id ?? null },
  };
}

function stateOf(answer: PullRequestAnswer): PullRequest["state"] {
  if (answer.merged_at !== null) return "merged";
  return answer.state === "open" ? "open" : "closed";
}
