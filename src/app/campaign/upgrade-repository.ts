import { assertNever } from "#domain/assert-never.ts";
import type { Assessment } from "#domain/campaign/assess-repository.ts";
import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import { markerOf, retiredTitle, standingPull, type UpgradePull } from "#domain/campaign/standing-pull.ts";
import { upgradeBranch, wantsRebase } from "#domain/campaign/upgrade-identity.ts";
import { retiredBody } from "#app/presentation/upgrade-pull-request.ts";
import type { NeededUpgrade } from "./make-commit.ts";
import { observeRepository } from "./observe-repository.ts";
import { offerUpgrade } from "./offer-upgrade.ts";
import { hasLabels, outcomeOf, type WantedUpgrade } from "./wanted-upgrade.ts";
import { renewUpgrade } from "./renew-upgrade.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

/**
 * Brings one repository's pull request for an upgrade to what it should be, for the default branch or for another `base`. Every
 * step finds out first what is there, so a run that was cut off anywhere is finished by the next one. Throws `CodeHostError`
 * when the forge does.
 */
export async function upgradeRepository(
  repository: string,
  run: UpgradeRun,
  baseBranch: string | null = null,
): Promise<RepositoryOutcome> {
  const { forge, goal } = run;
  const branch = upgradeBranch(goal.library, baseBranch);
  const seen = await forge.pullsFrom(repository, branch);
  const info = seen.repository ?? (await forge.repository(repository));
  if (info === null)
    return {
      repository,
      outcome: "failed",
      reason: "there is no such repository, or the token may not see it",
    };
  if (info.isArchived) return { repository, outcome: "declined", reason: "the repository is archived" };
  const into = baseBranch ?? info.defaultBranch;
  const tip = await forge.tip(repository, into);
  if (tip === null) return { repository, outcome: "absent", reason: "the repository is empty" };

  const open = seen.pulls.find(({ state }) => state === "open");
  if (open !== undefined && isAsLeft(open, tip.commit, run)) {
    const version = markerOf(open, goal.library)?.version;
    const pullRequest = { number: open.number, url: open.url };
    return {
      repository,
      outcome: "unchanged",
      branch,
      pullRequest,
      ...(version === undefined ? {} : { version }),
    };
  }
  const files = await forge.files(repository, tip.tree, "project");
  const { assessment, texts } = await observeRepository(repository, tip.tree, files, run);
  if (assessment.kind !== "needed") return retireOpen(idle(repository, assessment), open, run);
  const base = { branch: into, commit: tip.commit, tree: tip.tree, files, texts };
  return bring({ repository: info, branch, base, needed: assessment }, seen.pulls, run);
}

function bring(
  wanted: WantedUpgrade,
  pulls: readonly UpgradePull[],
  run: UpgradeRun,
): Promise<RepositoryOutcome> | RepositoryOutcome {
  const { version } = wanted.needed;
  const standing = standingPull(pulls, run.goal.library, version);
  switch (standing.kind) {
    case "declined": {
      const { pull } = standing;
      const reason = `pull request #${pull.number} for this version was ${pull.state} by a person`;
      return { ...outcomeOf(wanted, "declined", pull), reason };
    }
    case "none":
      return run.mayOpen ? offerUpgrade(wanted, pulls, run) : outcomeOf(wanted, "unchanged", null);
    case "open":
      return renewUpgrade(wanted, standing.pull, standing.marker, run);
    default:
      return assertNever(standing);
  }
}

/** Nothing moved since our last run: same goal, same base, our commit on the branch, and nobody asks for a rebase. */
function isAsLeft(pull: UpgradePull, base: string, run: UpgradeRun): boolean {
  const marker = markerOf(pull, run.goal.library);
  if (marker === null || marker.aim !== run.goal.key) return false;
  return (
    marker.head === pull.headSha && marker.base === base && !wantsRebase(pull.body) && hasLabels(pull, run)
  );
}

/** Closes a pull request that nothing is left to do for, unless somebody pushed to it. */
async function retireOpen(
  done: RepositoryOutcome,
  open: UpgradePull | undefined,
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  const isOver = ["absent", "transitiveOnly", "upToDate"].includes(done.outcome);
  if (open === undefined || !isOver) return done;
  const { number, url, title, body } = open;
  if (markerOf(open, run.goal.library)?.head !== open.headSha) {
    return { ...done, reason: `pull request #${number} is not needed any more, and not only ours` };
  }
  const reason = "the base branch does not need it any more";
  const texts = { title: retiredTitle(title), body: retiredBody(body, reason) };
  await run.forge.retirePull(done.repository, number, texts);
  return { ...done, pullRequest: { number, url }, reason: `closed #${number}: ${reason}` };
}

function idle(repository: string, assessment: IdleAssessment): RepositoryOutcome {
  switch (assessment.kind) {
    case "absent":
      return { repository, outcome: "absent" };
    case "transitiveOnly":
      return { repository, outcome: "transitiveOnly" };
    case "upToDate": {
      const { notes } = assessment;
      return { repository, outcome: "upToDate", ...(notes.length > 0 ? { notes } : {}) };
    }
    case "untouched": {
      const { notes } = assessment;
      return { repository, outcome: "unchanged", reason: "it is used in ways that are left alone", notes };
    }
    case "noFix":
      return {
        repository,
        outcome: "alert",
        reason: `no fixed version for ${assessment.versions.join(", ")}`,
      };
    case "cannot":
      return { repository, outcome: "failed", reason: assessment.reason };
    default:
      return assertNever(assessment);
  }
}

type IdleAssessment = Exclude<Assessment, NeededUpgrade>;
