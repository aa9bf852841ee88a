import type { AppForges } from "#adapters/github/upgrades/app-forges.ts";
import type { NpmRegistry } from "#adapters/npm/registry.ts";
import type { CampaignRecords } from "#adapters/store/campaigns.ts";
import type { ReleaseRecords } from "#adapters/store/library-releases.ts";
import type { Codemods } from "./codemods.ts";

/** What campaigns work with beside what every controller does. */
export interface CampaignParts {
  readonly records: CampaignRecords;
  /** What the registry says of libraries that scripts use. */
  readonly releases: ReleaseRecords;
  readonly forges: AppForges;
  /** A registry that has not heard of anything yet. */
  readonly newRegistry: () => NpmRegistry;
  readonly codemods: Codemods;
  /** Where lockfiles are resolved and merges tried. */
  readonly workFolder: string;
}
