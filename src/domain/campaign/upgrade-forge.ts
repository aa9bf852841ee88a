import type { CommitSeen } from "./upgrade-identity.ts";
import type { UpgradePull } from "./standing-pull.ts";

/** A repository as a forge shows it. `name` is owner/name. */
export interface ForgeRepository {
  readonly name: string;
  readonly defaultBranch: string;
  readonly isArchived: boolean;
  /** Where git reads and writes it; null when the forge does not tell. */
  readonly gitUrl: string | null;
}

export interface ForgeFile {
  readonly path: string;
  readonly blob: string;
  /** As git has it: "100644", "100755"; links and submodules are never listed. */
  readonly mode: "100644" | "100755";
}

export interface ForgeBranch {
  readonly name: string;
  readonly commit: string;
}

export interface NewCommit {
  readonly parent: string;
  readonly baseTree: string;
  readonly files: readonly {
    readonly path: string;
    readonly mode: ForgeFile["mode"];
    readonly text: string;
  }[];
  /** The message, which may name the tree that the files make. */
  readonly message: (tree: string) => string;
}

/** What upgrades need of a forge, over plain REST. Failures throw `CodeHostError`. */
export interface UpgradeForge {
  /** All pull requests from one branch of the repository itself, newest first, and what they tell of it. */
  pullsFrom(
    repository: string,
    branch: string,
  ): Promise<{ pulls: UpgradePull[]; repository: ForgeRepository | null }>;
  /** null when there is none that this token may see. */
  repository(name: string): Promise<ForgeRepository | null>;
  /** null when there is no such branch. */
  tip(repository: string, branch: string): Promise<{ commit: string; tree: string } | null>;
  /** Branches whose names begin like this, with their commits. */
  branchesUnder(repository: string, prefix: string): Promise<ForgeBranch[]>;
  /** The files of a tree: all, or those that say something about npm packages. */
  files(repository: string, tree: string, which: "all" | "project"): Promise<ForgeFile[]>;
  text(repository: string, blob: string): Promise<string>;
  commit(repository: string, sha: string): Promise<CommitSeen | null>;
  createCommit(repository: string, commit: NewCommit): Promise<{ commit: string; tree: string }>;
  createBranch(repository: string, branch: string, commit: string): Promise<"created" | "exists">;
  /** Moves a branch only if it is still at `from`. */
  moveBranch(
    repository: ForgeRepository,
    branch: string,
    from: string,
    to: string,
  ): Promise<"moved" | "raced">;
  openPull(
    repository: string,
    pull: { readonly branch: string; readonly base: string; readonly title: string; readonly body: string },
  ): Promise<{ number: number; url: string } | "exists">;
  updatePull(
    repository: string,
    number: number,
    texts: { readonly title: string; readonly body: string },
  ): Promise<void>;
  /** Closes it with other texts, all in one request. */
  retirePull(
    repository: string,
    number: number,
    texts: { readonly title: string; readonly body: string },
  ): Promise<void>;
  addLabels(repository: string, number: number, labels: readonly string[]): Promise<void>;
  /** Whether the forge could merge it now; null when it does not know. */
  isMergeable(repository: string, number: number): Promise<boolean | null>;
}
