import type { Octokit } from "@octokit/rest";
import type { Narrator } from "../narrate.ts";
import type { Person } from "../secrets.ts";

/** What every step of the tour works with. */
export interface Scene {
  readonly narrator: Narrator;
  /** The developer who opens the pull requests. */
  readonly developer: Person;
  /** REST as that developer. */
  readonly github: Octokit;
  readonly githubOrigin: string;
  readonly controlPlane: { readonly origin: string; readonly token: string };
  readonly owner: string;
  readonly repo: string;
  /** A request that the script answers. */
  readonly path: string;
  readonly gateways: readonly { readonly region: string; readonly origin: string }[];
  readonly folders: {
    /** The repository as it was seeded. */
    readonly original: string;
    readonly good: string;
    /** Where clones may live for a moment. */
    readonly clones: string;
  };
  readonly signal: AbortSignal;
}

/** All branches of the tour begin so, which is how leftovers of one that was cut off are found. */
export const BRANCH_PREFIX = "tour/";

export function newBranch(purpose: string): string {
  return `${BRANCH_PREFIX}${purpose}-${Date.now().toString(36)}`;
}
