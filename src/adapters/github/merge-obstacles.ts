import type { ProbotOctokit } from "probot";
import type { MergeObstacle, Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

const RUNS_MAX = 300;
const REVIEWS_MAX = 500;
const FAILED: readonly (string | null)[] = ["failure", "timed_out", "action_required", "cancelled"];

/** What stands in the way of merging a pull request; null when it is not open any more. Our own checks do not count. */
export async function mergeObstacles(
  octokit: ProbotOctokit,
  appId: number,
  repository: Repository,
  number: number,
): Promise<MergeObstacle[] | null> {
  const where = ownerAndName(repository);
  const pull = await openPull(octokit, { ...where, pull_number: number });
  if (pull === null) return null;
  const names = await failingChecks(octokit, appId, { ...where, ref: pull.head.sha });
  const by = await askingForChanges(octokit, { ...where, pull_number: number });
  const told: MergeObstacle[] = [
    ...(pull.mergeable === false ? [{ kind: "conflict" as const }] : []),
    ...(pull.draft === true ? [{ kind: "draft" as const }] : []),
    ...(pull.mergeable_state === "behind" ? [{ kind: "behind" as const }] : []),
    ...(names.length > 0 ? [{ kind: "failingChecks" as const, names }] : []),
    ...(by.length > 0 ? [{ kind: "changesRequested" as const, by }] : []),
  ];
  const isUnexplained = pull.mergeable_state === "blocked" && told.length === 0;
  return isUnexplained ? [{ kind: "rules" }] : told;
}

async function openPull(
  octokit: ProbotOctokit,
  query: { readonly owner: string; readonly repo: string; readonly pull_number: number },
) {
  try {
    const { data } = await octokit.rest.pulls.get(query);
    return data.state === "open" ? data : null;
  } catch (error) {
    if (failedStatus(error) === 404) return null;
    throw error;
  }
}

async function failingChecks(
  octokit: ProbotOctokit,
  appId: number,
  where: { readonly owner: string; readonly repo: string; readonly ref: string },
): Promise<string[]> {
  const names = new Set<string>();
  let seen = 0;
  const query = { ...where, filter: "latest" as const, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.checks.listForRef, query)) {
    for (const { name, app, conclusion } of page.data)
      if (app?.id !== appId && FAILED.includes(conclusion)) names.add(name);
    seen += page.data.length;
    if (seen >= RUNS_MAX) break;
  }
  return [...names].sort();
}

/** Those whose last word on it is that they want changes. */
async function askingForChanges(
  octokit: ProbotOctokit,
  where: { readonly owner: string; readonly repo: string; readonly pull_number: number },
): Promise<string[]> {
  const last = new Map<string, string>();
  let seen = 0;
  const query = { ...where, per_page: 100 };
  // Oldest first, as GitHub lists them; a comment takes nothing back.
  for await (const page of octokit.paginate.iterator(octokit.rest.pulls.listReviews, query)) {
    for (const { user, state } of page.data)
      if (user !== null && state !== "COMMENTED") last.set(user.login, state);
    seen += page.data.length;
    if (seen >= REVIEWS_MAX) break;
  }
  return [...last].flatMap(([login, state]) => (state === "CHANGES_REQUESTED" ? [login] : [])).sort();
}
