import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import type { UpgradePull } from "#domain/campaign/standing-pull.ts";
import { ownCommit } from "#domain/campaign/upgrade-identity.ts";
import { upgradeBody, upgradeLabels, upgradeTitle } from "#app/presentation/upgrade-pull-request.ts";
import { makeCommit, type MadeCommit } from "./make-commit.ts";
import type { UpgradeRun } from "./upgrade-run.ts";
import { outcomeOf, type WantedUpgrade } from "./wanted-upgrade.ts";

type Made = Extract<MadeCommit, { kind: "made" }>;

/** Opens a pull request where none is open. A branch that an earlier run or pull request left is taken over if it is ours. */
export async function offerUpgrade(
  wanted: WantedUpgrade,
  pulls: readonly UpgradePull[],
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  const { repository, branch, base, needed } = wanted;
  const made = await makeCommit(repository.name, base, needed, run);
  if (made.kind === "impossible") return { ...outcomeOf(wanted, "failed", null), reason: made.reason };
  const placed = await placeOnBranch(wanted, pulls, made, run);
  if (placed.kind === "not") return { ...outcomeOf(wanted, placed.outcome, null), reason: placed.reason };
  const title = upgradeTitle(made.texts);
  const body = upgradeBody(made.texts, made.paths, { ...made.marker, head: placed.head });
  const opened = await run.forge.openPull(repository.name, {
    branch,
    base: base.branch,
    title,
    body,
  });
  if (opened === "exists") {
    return {
      ...outcomeOf(wanted, "failed", null),
      reason: "somebody opened a pull request from the branch at the same time; run again",
    };
  }
  await run.forge.addLabels(repository.name, opened.number, upgradeLabels(run.goal.advisory));
  return { ...outcomeOf(wanted, "opened", opened), files: made.paths };
}

type Placed =
  | { readonly kind: "placed"; readonly head: string }
  | { readonly kind: "not"; readonly outcome: "humanCommit" | "failed"; readonly reason: string };

async function placeOnBranch(
  { repository, branch, base, needed }: WantedUpgrade,
  pulls: readonly UpgradePull[],
  made: Made,
  run: UpgradeRun,
): Promise<Placed> {
  const { forge, goal } = run;
  if ((await forge.createBranch(repository.name, branch, made.commit)) === "created") {
    return { kind: "placed", head: made.commit };
  }
  const tip = await forge.tip(repository.name, branch);
  if (tip === null)
    return { kind: "not", outcome: "failed", reason: `the branch ${branch} came and went; run again` };
  const commit = await forge.commit(repository.name, tip.commit);
  const own = commit === null ? null : ownCommit(commit, goal.library);
  const isMergedWork = pulls.some(({ state, headSha }) => state === "merged" && headSha === tip.commit);
  if (own === null && !isMergedWork) {
    return { kind: "not", outcome: "humanCommit", reason: `the branch ${branch} holds somebody's commit` };
  }
  // The same change on the same base: an earlier run ended between the branch and the pull request.
  if (own?.version === needed.version && own.base === base.commit && tip.tree === made.tree) {
    return { kind: "placed", head: tip.commit };
  }
  const moved = await forge.moveBranch(repository, branch, tip.commit, made.commit);
  if (moved === "moved") return { kind: "placed", head: made.commit };
  return { kind: "not", outcome: "humanCommit", reason: `somebody pushed to the branch ${branch} meanwhile` };
}
