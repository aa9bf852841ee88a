import type { RevisionSettings } from "#schemas/types.ts";
import type { CanaryPolicy } from "../canary/canary-policy.ts";
import type { ChangeWindow } from "./fleet-manifest.ts";
import type { UpgradesPolicy } from "./upgrades-policy.ts";

/** A checked `showrunner.yaml` with every default filled in. Durations are milliseconds. */
export interface ScriptManifest {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Path of the handler module, relative to the manifest's folder. */
  readonly entry: string;
  readonly settings: RevisionSettings;
  readonly dependsOn: readonly string[];
  readonly rollout: RolloutPolicy;
  /** null where the manifest says nothing: then only a person starts a canary. */
  readonly canary: CanaryPolicy | null;
  /** null where the manifest says nothing; absent in manifests from before it was read. */
  readonly upgrades?: UpgradesPolicy | null;
  /** Whether regions stop serving it once it is not declared any more; absent means yes. */
  readonly prune?: boolean;
}

/** How a script moves through the fleet. */
export interface RolloutPolicy {
  readonly strategy: "staged" | "global";
  /** Regions that advance together, in order; null means one wave a region, in the order of fleet.yaml. */
  readonly waves: readonly (readonly string[])[] | null;
  readonly bake: BakePolicy;
  /** Hours in each region's local time in which a wave may start, on top of the region's own; none means always. */
  readonly windows?: readonly ChangeWindow[];
  /** Longest time from the first wave's start to the end of the last, milliseconds; null when nothing was promised. */
  readonly completeWithinMs: number | null;
}

/** Observation before a wave counts. */
export interface BakePolicy {
  readonly minMs: number;
  readonly maxMs: number;
  readonly minRequests: number;
  readonly onTooLittleData: "hold" | "extend" | "proceed";
}
