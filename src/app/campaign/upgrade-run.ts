import type { NpmRegistry } from "#adapters/npm/registry.ts";
import type { UpgradeForge } from "#domain/campaign/upgrade-forge.ts";
import type { UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import type { Codemod } from "./codemod.ts";

/** What all repositories of a run share. */
export interface UpgradeRun {
  readonly goal: UpgradeGoal;
  readonly forge: UpgradeForge;
  readonly registry: NpmRegistry;
  /** A folder of the run's own. */
  readonly workFolder: string;
  /** What follows from content alone and was found earlier. */
  readonly facts: {
    fact(key: string): unknown;
    keepFact(key: string, value: unknown): void;
  };
  /** Changes the sources beside the package files; null when there is none. */
  readonly codemod: Codemod | null;
  /** Whether pull requests may be opened where there is none. */
  readonly mayOpen: boolean;
  /** What a new pull request says of the evidence for it, as Markdown. */
  readonly evidence: string;
  /** What speaks against a version in use, in plain text of strangers. */
  readonly reasonsAgainst: (version: string) => Promise<readonly string[]>;
}
