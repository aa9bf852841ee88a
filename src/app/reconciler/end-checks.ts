import type { CheckEnd, PullRequest, Repository } from "#domain/ports.ts";
import { checkId } from "./check-id.ts";
import type { ReconcilerContext } from "./context.ts";

const runsLookedAt = 100;

/** Ends the checks of heads that were tried before there was another push, as far as they are still under way. */
export async function endEarlierChecks(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<void> {
  const { heads } = await triedHeads(context, repository, pull);
  const { sha } = pull.head;
  heads.delete(sha);
  await end(context, repository, pull, heads, {
    occasion: sha,
    title: "⚪ Ended · there was a new push",
    summary: `The check of ${sha} goes on from here.`,
  });
}

/** Ends all checks of a pull request that was closed without a merge. */
export async function endAllChecks(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<void> {
  const { heads, newestRun } = await triedHeads(context, repository, pull);
  await end(context, repository, pull, heads, {
    // It may be opened again, tried, and closed once more.
    occasion: newestRun,
    title: "⚪ Ended · the pull request was closed",
    summary: "Nothing of it is tried any more.",
  });
}

async function triedHeads(
  { records }: ReconcilerContext,
  { id }: Repository,
  { number, head }: PullRequest,
): Promise<{ readonly heads: Set<string>; readonly newestRun: string }> {
  const of = { repositoryId: id, pull: number };
  const runs = await records.listCanaryRunsOfPullRequest(of, runsLookedAt);
  const isKnown = (await records.findPullRequest(id, number)) !== null;
  const heads = new Set([...runs.map(({ headSha }) => headSha), ...(isKnown ? [head.sha] : [])]);
  return { heads, newestRun: runs[0]?.id ?? "" };
}

async function end(
  { host }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  heads: ReadonlySet<string>,
  text: Pick<CheckEnd, "occasion" | "title" | "summary">,
): Promise<void> {
  for (const headSha of heads)
    await host.endCheckRun(repository, {
      headSha,
      externalId: checkId(repository, pull.number, headSha),
      ...text,
    });
}
