import pLimit from "p-limit";
import { CodeHostError } from "#domain/ports.ts";
import { OUTCOMES, type Outcome, type RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import { upgradeRepository } from "./upgrade-repository.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

export type Totals = Readonly<Record<Outcome | "repositories", number>>;

const REPOSITORIES_AT_ONCE = 8;

/** Applies one goal to every repository; one that fails does not keep the others from theirs. */
export async function applyCampaign(
  repositories: readonly string[],
  run: UpgradeRun,
  report: (done: RepositoryOutcome, count: number) => void,
): Promise<RepositoryOutcome[]> {
  const limit = pLimit(REPOSITORIES_AT_ONCE);
  let count = 0;
  const jobs = repositories.map((repository) =>
    limit(async () => {
      const done = await settled(repository, run);
      count += 1;
      report(done, count);
      return done;
    }),
  );
  return Promise.all(jobs);
}

export function totalsOf(outcomes: readonly RepositoryOutcome[]): Totals {
  const totals: Record<string, number> = { repositories: outcomes.length };
  for (const outcome of OUTCOMES) totals[outcome] = outcomes.filter((one) => one.outcome === outcome).length;
  // Every outcome was counted just now.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return totals as Totals;
}

async function settled(repository: string, run: UpgradeRun): Promise<RepositoryOutcome> {
  try {
    return await upgradeRepository(repository, run);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error";
    const isKnown = error instanceof CodeHostError;
    return {
      repository,
      outcome: "failed",
      reason: isKnown ? reason : `unexpected: ${reason}`.slice(0, 500),
    };
  }
}
