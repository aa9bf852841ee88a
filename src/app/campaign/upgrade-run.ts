import type { NpmRegistry } from "#adapters/npm/registry.ts";
import type { Aim } from "#domain/campaign/assess-repository.ts";
import type { UpgradeForge } from "#domain/campaign/upgrade-forge.ts";

/** One library's upgrade, the same for every repository. */
export interface UpgradeGoal {
  readonly library: string;
  readonly aim: Aim;
  /** Tells this goal from others: on equal files it wants equal changes. */
  readonly key: string;
  readonly advisory: { readonly id: string; readonly summary: string | null } | null;
}

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
}
