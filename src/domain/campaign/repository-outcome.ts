/** What became of one repository, in the words of `campaign apply --json`. */
export const OUTCOMES = [
  "opened",
  "updated",
  "rebased",
  "unchanged",
  "upToDate",
  "absent",
  "transitiveOnly",
  "declined",
  "humanCommit",
  "alert",
  "failed",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** A use of the library that is to move. */
export interface MovedUse {
  /** The package.json, or the lockfile for what nobody names. */
  readonly path: string;
  readonly kind: "dependency" | "development" | "optional" | "transitive";
  /** The range before; null for what nobody names. */
  readonly declared: string | null;
  /** The locked version before; null without a lockfile. */
  readonly from: string | null;
}

export interface RepositoryOutcome {
  /** owner/name. */
  readonly repository: string;
  readonly outcome: Outcome;
  /** For people; always there for `failed`, `alert`, `declined` and `humanCommit`. */
  readonly reason?: string;
  /** The version that the pull request carries. */
  readonly version?: string;
  readonly branch?: string;
  readonly pullRequest?: { readonly number: number; readonly url: string };
  /** Paths that the pull request changes; where this run made its commit. */
  readonly files?: readonly string[];
  /** What moves; where something has to. */
  readonly uses?: readonly MovedUse[];
  /** Uses that were left alone, each with why. */
  readonly notes?: readonly string[];
}
