import { assertNever } from "#domain/assert-never.ts";
import { decideUpgrade, type UpgradeDecision } from "#domain/campaign/decide-upgrade.ts";
import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import type { UpgradePull } from "#domain/campaign/standing-pull.ts";
import { ownCommit, wantsRebase, type UpgradeMarker } from "#domain/campaign/upgrade-identity.ts";
import { upgradeBody, upgradeLabels, upgradeTitle } from "#app/presentation/upgrade-pull-request.ts";
import { changedFiles, hasConflict, type OwnHead } from "./base-conflict.ts";
import { makeCommit, upgradeTexts } from "./make-commit.ts";
import type { UpgradeRun } from "./upgrade-run.ts";
import { hasLabels, outcomeOf, type WantedUpgrade } from "./wanted-upgrade.ts";

type Standing = OwnHead & { readonly version: string };

const RENEWED = {
  newerVersion: "updated",
  otherCodemod: "updated",
  conflict: "rebased",
  rebaseAsked: "rebased",
} as const;

/** Brings an open pull request to the wanted version, and onto the base branch where it has to be. */
export async function renewUpgrade(
  wanted: WantedUpgrade,
  pull: UpgradePull,
  marker: UpgradeMarker | null,
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  const { repository, base, needed } = wanted;
  const own = await ownHead(repository.name, pull, marker, run);
  const isSame = own !== null && own.version === needed.version;
  const hasMoved = isSame && own.base !== base.commit;
  const decision = decideUpgrade({
    carried: own?.version ?? null,
    wanted: needed.version,
    isBodyCurrent: marker === null ? null : marker.head === pull.headSha && marker.version === needed.version,
    isRebaseAsked: wantsRebase(pull.body),
    isCodemodOther: run.codemod !== null && isSame && marker !== null && marker.aim !== run.goal.key,
    hasConflict: hasMoved && (await hasConflict(repository.name, pull.number, own, base, run)),
  });
  return act(decision, wanted, pull, own, run);
}

/** Our commit at the branch's head; null when it is somebody else's. */
async function ownHead(
  repository: string,
  pull: UpgradePull,
  marker: UpgradeMarker | null,
  run: UpgradeRun,
): Promise<Standing | null> {
  if (marker?.head === pull.headSha) {
    return { commit: pull.headSha, version: marker.version, base: marker.base, files: marker.files };
  }
  const commit = await run.forge.commit(repository, pull.headSha);
  const own = commit === null ? null : ownCommit(commit, run.goal.library);
  return own === null ? null : { commit: pull.headSha, version: own.version, base: own.base, files: null };
}

async function act(
  decision: UpgradeDecision,
  wanted: WantedUpgrade,
  pull: UpgradePull,
  own: Standing | null,
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  if (decision.kind === "leave" || own === null) {
    return decision.kind === "leave" && decision.why === "carriesNewer"
      ? { ...outcomeOf(wanted, "unchanged", pull), reason: "the pull request carries a newer version" }
      : {
          ...outcomeOf(wanted, "humanCommit", pull),
          reason: "somebody pushed to the branch, so it is left alone",
        };
  }
  switch (decision.kind) {
    case "keep": {
      if (hasLabels(pull, run)) return outcomeOf(wanted, "unchanged", pull);
      await run.forge.addLabels(wanted.repository.name, pull.number, upgradeLabels(run.goal.advisory));
      return { ...outcomeOf(wanted, "updated", pull), reason: "its labels were missing" };
    }
    case "describe":
      return describe(wanted, pull, own, run);
    case "recommit":
      return recommit(wanted, pull, own, RENEWED[decision.why], run);
    default:
      return assertNever(decision);
  }
}

async function describe(
  wanted: WantedUpgrade,
  pull: UpgradePull,
  own: Standing,
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  const { repository, needed } = wanted;
  const texts = await upgradeTexts(needed, run);
  const files = await changedFiles(repository.name, own, run);
  const { library, key } = run.goal;
  const marker = { library, version: own.version, aim: key, head: own.commit, base: own.base, files };
  const paths = files.map(([path]) => path);
  await settle(wanted, pull, upgradeTitle(texts), upgradeBody(texts, paths, marker), run);
  return {
    ...outcomeOf(wanted, "updated", pull),
    reason: "an earlier run had ended before it was described",
  };
}

async function recommit(
  wanted: WantedUpgrade,
  pull: UpgradePull,
  own: Standing,
  outcome: "updated" | "rebased",
  run: UpgradeRun,
): Promise<RepositoryOutcome> {
  const { repository, branch, base, needed } = wanted;
  const made = await makeCommit(repository.name, base, needed, run);
  if (made.kind === "impossible") return { ...outcomeOf(wanted, "failed", pull), reason: made.reason };
  // Another codemod that changes the same is no reason for another canary.
  const isNothingNew =
    own.base === base.commit && (await run.forge.commit(repository.name, own.commit))?.tree === made.tree;
  if (isNothingNew && own.version === needed.version) {
    const marker = { ...made.marker, head: own.commit };
    await settle(wanted, pull, upgradeTitle(made.texts), upgradeBody(made.texts, made.paths, marker), run);
    return outcomeOf(wanted, "unchanged", pull);
  }
  const moved = await run.forge.moveBranch(repository, branch, own.commit, made.commit);
  if (moved === "raced") {
    return { ...outcomeOf(wanted, "humanCommit", pull), reason: "somebody pushed to the branch meanwhile" };
  }
  await settle(wanted, pull, upgradeTitle(made.texts), upgradeBody(made.texts, made.paths, made.marker), run);
  return { ...outcomeOf(wanted, outcome, pull), files: made.paths };
}

async function settle(
  { repository }: WantedUpgrade,
  pull: UpgradePull,
  title: string,
  body: string,
  run: UpgradeRun,
): Promise<void> {
  if (pull.title !== title || pull.body !== body)
    await run.forge.updatePull(repository.name, pull.number, { title, body });
  if (!hasLabels(pull, run)) {
    await run.forge.addLabels(repository.name, pull.number, upgradeLabels(run.goal.advisory));
  }
}
