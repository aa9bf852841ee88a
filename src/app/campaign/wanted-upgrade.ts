import type { MovedUse, Outcome, RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import type { UpgradePull } from "#domain/campaign/standing-pull.ts";
import type { ForgeRepository } from "#domain/campaign/upgrade-forge.ts";
import { upgradeLabels } from "#app/presentation/upgrade-pull-request.ts";
import type { Base, NeededUpgrade } from "./make-commit.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

/** Everything known of a repository in which something has to change. */
export interface WantedUpgrade {
  readonly repository: ForgeRepository;
  readonly branch: string;
  readonly base: Base;
  readonly needed: NeededUpgrade;
}

export function outcomeOf(
  wanted: WantedUpgrade,
  outcome: Outcome,
  pull: { readonly number: number; readonly url: string } | null,
): RepositoryOutcome {
  const { repository, branch, needed } = wanted;
  return {
    repository: repository.name,
    outcome,
    version: needed.version,
    branch,
    ...(pull === null ? {} : { pullRequest: { number: pull.number, url: pull.url } }),
    uses: movedUses(needed),
    ...(needed.notes.length > 0 ? { notes: needed.notes } : {}),
  };
}

function movedUses({ changes }: NeededUpgrade): MovedUse[] {
  return changes.flatMap(({ project, uses, transitive }) => [
    ...uses.map(({ manifest, section, declared, locked }) => ({
      path: manifest.path,
      kind: KINDS[section],
      declared,
      from: locked,
    })),
    ...transitive.map(({ from }) => ({
      path: project.lockPath ?? "",
      kind: "transitive" as const,
      declared: null,
      from,
    })),
  ]);
}

const KINDS = {
  dependencies: "dependency",
  devDependencies: "development",
  optionalDependencies: "optional",
} as const;

/** They are set in one request, so a crash before it leaves none of them; a person who took one away meant it. */
export function hasLabels(pull: UpgradePull, run: UpgradeRun): boolean {
  return upgradeLabels(run.goal.advisory).some((label) => pull.labels.includes(label));
}
