import type { UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import type { CodemodFile } from "#schemas/types.ts";

/** Where a codemod and what it imports are: a commit of the fleet repository, or a folder. */
export interface CodemodFiles {
  /** Paths of the files in a folder and below it. */
  list(folder: string): Promise<readonly string[]>;
  /** Texts by path, of those that are there. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** A campaign's codemod as it is at one moment. */
export interface Codemod {
  readonly path: string;
  /** Tells it from others, and from itself after a change. */
  readonly key: string;
  /** Why it cannot be run, for people; null when it can. */
  readonly broken: string | null;
  run(
    library: string,
    to: string,
    files: readonly CodemodFile[],
  ): Promise<
    | { readonly kind: "changed"; readonly texts: ReadonlyMap<string, string> }
    /** `reason` is for people. */
    | { readonly kind: "failed"; readonly reason: string }
  >;
}

/** The same goal, told from the one with another codemod or none. */
export function withCodemod(goal: UpgradeGoal, codemod: Codemod): UpgradeGoal {
  return { ...goal, key: `${goal.key} codemod ${codemod.key}` };
}
