import semver from "semver";
import type { Aim, Target } from "./assess-repository.ts";
import { advisoryTarget, isAffected, type Advisory } from "./osv-advisory.ts";

/** One library's upgrade, the same for every repository. */
export interface UpgradeGoal {
  readonly library: string;
  readonly aim: Aim;
  /** Tells this goal from others: on equal files it wants equal changes. */
  readonly key: string;
  readonly advisory: { readonly id: string; readonly summary: string | null } | null;
}

/** Direct uses below a version go to it; those in a range alone where one is given. */
export function versionGoal(library: string, version: string, range: string | null = null): UpgradeGoal {
  const target: Target = { kind: "version", version };
  const isMeant = (from: string): boolean =>
    range === null || semver.satisfies(from, range, { includePrerelease: true, loose: true });
  const targetOf = (from: string): Target | null =>
    semver.lt(from, version, { loose: true }) && isMeant(from) ? target : null;
  return {
    library,
    aim: { library, targetOf, withTransitive: false },
    key: `${library}@${version}${range === null ? "" : ` from ${range}`}`,
    advisory: null,
  };
}

/**
 * What an advisory is about goes to the lowest fixed version, or to `version` where that is one; a goal for each of its
 * packages, or for `library` alone.
 */
export function advisoryGoals(
  advisory: Advisory,
  library: string | null,
  version: string | null,
): UpgradeGoal[] {
  return advisory.packages
    .filter(({ name }) => library === null || name === library)
    .map((subject): UpgradeGoal => {
      const targetOf = (from: string): Target | null => {
        if (!isAffected(subject, from)) return null;
        const isWanted = version !== null && semver.gt(version, from) && !isAffected(subject, version);
        return isWanted ? { kind: "version", version } : advisoryTarget(subject, from);
      };
      const edition = [advisory.id, advisory.modified ?? "", version ?? ""].join(" ");
      return {
        library: subject.name,
        aim: { library: subject.name, targetOf, withTransitive: true },
        key: `${subject.name} ${edition}`,
        advisory: { id: advisory.id, summary: advisory.summary },
      };
    });
}
