import semver from "semver";

/** What is known of an open pull request when its upgrade is wanted again. */
export interface OpenUpgrade {
  /** The version on its branch; null when the branch's head is not our commit. */
  readonly carried: string | null;
  readonly wanted: string;
  /** Whether the hidden marker in the body speaks of what is on the branch; null when the body has none. */
  readonly isBodyCurrent: boolean | null;
  readonly isRebaseAsked: boolean;
  /** Whether the sources were changed by a codemod that is another one now, or by none. */
  readonly isCodemodOther: boolean;
  /** Whether the base branch can take the branch as it is. */
  readonly hasConflict: boolean;
}

export type UpgradeDecision =
  /** Somebody else's work is on the branch: it is theirs now. */
  | { readonly kind: "leave"; readonly why: "humanCommit" | "carriesNewer" }
  | { readonly kind: "keep" }
  /** The branch is right and the texts speak of an earlier one, as after a crash between the two. */
  | { readonly kind: "describe" }
  | { readonly kind: "recommit"; readonly why: "newerVersion" | "otherCodemod" | "conflict" | "rebaseAsked" };

export function decideUpgrade(open: OpenUpgrade): UpgradeDecision {
  if (open.carried === null) return { kind: "leave", why: "humanCommit" };
  if (isBelow(open.wanted, open.carried)) return { kind: "leave", why: "carriesNewer" };
  if (isBelow(open.carried, open.wanted)) return { kind: "recommit", why: "newerVersion" };
  if (open.isCodemodOther) return { kind: "recommit", why: "otherCodemod" };
  if (open.isRebaseAsked) return { kind: "recommit", why: "rebaseAsked" };
  if (open.hasConflict) return { kind: "recommit", why: "conflict" };
  return open.isBodyCurrent === false ? { kind: "describe" } : { kind: "keep" };
}

function isBelow(a: string, b: string): boolean {
  if (semver.valid(a) === null || semver.valid(b) === null) return a !== b;
  return semver.lt(a, b);
}
