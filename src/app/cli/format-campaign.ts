import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import type { Totals } from "#app/campaign/apply-campaign.ts";

/** One line a repository, for people who watch. */
export function formatOutcome(done: RepositoryOutcome): string {
  const pull = done.pullRequest === undefined ? "" : ` #${done.pullRequest.number}`;
  const reason = done.reason === undefined ? "" : `: ${done.reason}`;
  return `${done.repository} ${done.outcome}${pull}${reason}`;
}

/** "200 repositories: 140 opened, 60 upToDate". */
export function formatTotals(totals: Totals): string {
  const parts = Object.entries(totals).filter(([name, count]) => name !== "repositories" && count > 0);
  const { repositories } = totals;
  const head = `${repositories} ${repositories === 1 ? "repository" : "repositories"}`;
  return parts.length === 0
    ? head
    : `${head}: ${parts.map(([name, count]) => `${count} ${name}`).join(", ")}`;
}
