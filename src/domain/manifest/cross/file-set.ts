import { assertNever } from "../../assert-never.ts";
import type { AnyReadManifest, ReadManifest } from "../read-manifest.ts";

/** The manifests that are checked together, by kind, in the order of the files. */
export interface FileSet {
  readonly scripts: readonly ReadManifest<"Script">[];
  readonly fleets: readonly ReadManifest<"Fleet">[];
  readonly releases: readonly ReadManifest<"Release">[];
  readonly groups: readonly ReadManifest<"Group">[];
  readonly experiments: readonly ReadManifest<"Experiment">[];
  readonly campaigns: readonly ReadManifest<"Campaign">[];
  readonly holds: readonly ReadManifest<"Hold">[];
  readonly freezes: readonly ReadManifest<"Freeze">[];
  readonly kills: readonly ReadManifest<"Kill">[];
  readonly canaries: readonly ReadManifest<"CanaryRun">[];
}

export function fileSet(reads: readonly AnyReadManifest[]): FileSet {
  const set = {
    scripts: [] as ReadManifest<"Script">[],
    fleets: [] as ReadManifest<"Fleet">[],
    releases: [] as ReadManifest<"Release">[],
    groups: [] as ReadManifest<"Group">[],
    experiments: [] as ReadManifest<"Experiment">[],
    campaigns: [] as ReadManifest<"Campaign">[],
    holds: [] as ReadManifest<"Hold">[],
    freezes: [] as ReadManifest<"Freeze">[],
    kills: [] as ReadManifest<"Kill">[],
    canaries: [] as ReadManifest<"CanaryRun">[],
  };
  for (const read of reads) {
    switch (read.kind) {
      case "Script":
        set.scripts.push(read);
        break;
      case "Fleet":
        set.fleets.push(read);
        break;
      case "Release":
        set.releases.push(read);
        break;
      case "Group":
        set.groups.push(read);
        break;
      case "Experiment":
        set.experiments.push(read);
        break;
      case "Campaign":
        set.campaigns.push(read);
        break;
      case "Hold":
        set.holds.push(read);
        break;
      case "Freeze":
        set.freezes.push(read);
        break;
      case "Kill":
        set.kills.push(read);
        break;
      case "CanaryRun":
        set.canaries.push(read);
        break;
      default:
        assertNever(read);
    }
  }
  return set;
}

/** Versions of each script that the files know, from manifests and from releases. */
export function knownVersions(set: FileSet): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>();
  const add = (name: string, version: string): void => {
    const versions = known.get(name) ?? new Set();
    known.set(name, versions.add(version));
  };
  for (const { source } of set.scripts) add(source.name, source.version ?? "1");
  for (const { source } of set.releases) add(source.script, source.version);
  return known;
}
