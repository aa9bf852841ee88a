import type { ForgeBranch } from "./upgrade-forge.ts";
import type { MovedUse } from "./repository-outcome.ts";

/** One base branch of one repository in a campaign, and how far its upgrade is. Times are epoch milliseconds. */
export interface CampaignUnit {
  readonly repositoryId: number;
  /** owner/name. */
  readonly repository: string;
  /** The branch that the upgrade is for: the default one, or one of an older version. */
  readonly base: string;
  /** null before the first look. */
  readonly look: UnitLook | null;
  /** null while none was opened. */
  readonly pull: UnitPull | null;
  /** The latest verdict on what the pull request carries; null before there is one. */
  readonly judged: UnitJudged | null;
  /** What became of it under the order to take the campaign back; absent before there was one. */
  readonly takenBack?: TakenBack;
}

export interface TakenBack {
  /** When the order was given, as the campaign's file says it: each takes a script back once. */
  readonly order: string;
  /** By `<script>@<version>`: null once it was taken back, else why it could not be. */
  readonly scripts: Readonly<Record<string, string | null>>;
}

/** What the upgrade means for the branch, as of one commit of it. */
export interface UnitLook {
  readonly atMs: number;
  /** The commit that was looked at. */
  readonly head: string;
  /** What the campaign was after. */
  readonly aim: string;
  readonly result: LookResult;
  /** What is there and would be changed; empty where nothing is. */
  readonly uses: readonly MovedUse[];
  /** The branches of older versions beside a default branch; empty for those branches themselves. */
  readonly versions: readonly ForgeBranch[];
  /** Names of the library that the scripts import. */
  readonly imports: readonly string[];
}

export type LookResult =
  /** `why` is for people. */
  | { readonly kind: "notNeeded"; readonly why: string }
  | { readonly kind: "needed" }
  /** A person's wish, or a failure, stands in the way. */
  | {
      readonly kind: "blocked";
      readonly by: "person" | "noFix" | "failure";
      readonly reason: string;
    };

export interface UnitPull {
  readonly number: number;
  readonly url: string;
  readonly headSha: string;
  readonly version: string;
  readonly state: "open" | "merged" | "closed";
  readonly openedAtMs: number;
  /** When the branch was first seen at another commit than the one it was opened with. */
  readonly pushedAtMs?: number;
  /** When it was first seen merged or closed; null while it is open. */
  readonly endedAtMs: number | null;
  /** What its body says of the canary and the campaign; null when that must be written anew. */
  readonly evidence: string | null;
  /** A head that GitHub would not merge when its policy let it: asked once. */
  readonly refusedSha?: string;
  /** Whether its owners were reminded of it, which is done once; absent before that. */
  readonly chase?: "reminded" | "refused";
}

export interface UnitJudged {
  readonly verdict: "pass" | "marginal" | "fail" | "inconclusive";
  /** 0 to 100; null when nothing could be scored. */
  readonly score: number | null;
  /** One sentence for people. */
  readonly reason: string;
  /** What went wrong, such as a metric's label; null when nothing did. */
  readonly failing: string | null;
  /** The merge gives the very revisions that run, so that nothing rolls out. */
  readonly isUnchanged: boolean;
  readonly headSha: string;
  readonly atMs: number;
}

/** Tells a unit from the others of its campaign. */
export function unitKey({ repositoryId, base }: Pick<CampaignUnit, "repositoryId" | "base">): string {
  return `${repositoryId} ${base}`;
}
