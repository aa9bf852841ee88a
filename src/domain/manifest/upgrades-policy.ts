import type { NewReleases, Script } from "#schemas/types.ts";
import { parseWindow } from "../rollout/windows.ts";
import { parseDurationMs } from "./duration.ts";
import type { ChangeWindow } from "./fleet-manifest.ts";

/** How a script wants its libraries upgraded. */
export interface UpgradesPolicy {
  /** When pull requests may be opened, UTC; none means always. */
  readonly schedule: readonly ChangeWindow[];
  /** Age that a release must have before it is proposed, milliseconds; null where the manifest says nothing. */
  readonly cooldownMs: number | null;
  /** For which releases campaigns start by themselves; null where the manifest says nothing. */
  readonly newReleases: NewReleases | null;
  /** By library: a semver range that it must stay within. */
  readonly ranges: Readonly<Record<string, string>>;
  readonly ignore: readonly string[];
  /** null: a person merges. */
  readonly autoMerge: AutoMergePolicy | null;
}

export interface AutoMergePolicy {
  /** 0 to 100. */
  readonly minScore: number;
  /** The largest kind of change that merges by itself. */
  readonly upTo: "patch" | "minor" | "major";
}

/** The policy as a checked manifest has it. */
export function upgradesPolicy({
  schedule = [],
  cooldown,
  newReleases,
  ranges = {},
  ignore = [],
  autoMerge,
}: NonNullable<Script["upgrades"]>): UpgradesPolicy {
  return {
    schedule: schedule.flatMap((text) => parseWindow(text) ?? []),
    cooldownMs: cooldown === undefined ? null : parseDurationMs(cooldown),
    newReleases: newReleases ?? null,
    ranges,
    ignore,
    autoMerge:
      autoMerge === undefined ? null : { minScore: autoMerge.minScore, upTo: autoMerge.upTo ?? "patch" },
  };
}
