import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { Campaign, CanaryRun, Experiment, Freeze, Group, Hold, Kill, Release } from "#schemas/types.ts";

/** Everything the fleet repository says at one commit. */
export interface FleetSnapshot {
  readonly commit: string;
  /** First-parent commit count of the fleet branch. */
  readonly generation: number;
  readonly committedAtMs: number;
  readonly fleet: FleetManifest;
  /** The text of fleet.yaml. */
  readonly fleetText: string;
  /** By region, then by `<script>@<version>`. */
  readonly releases: ReadonlyMap<string, ReadonlyMap<string, Release>>;
  /** By `<script>@<version>`. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** By scope, such as "region:eu-west-1"; expired ones are among them. */
  readonly freezes: ReadonlyMap<string, Freeze>;
  /** By scope, such as "script:artwork@4"; expired ones are among them. */
  readonly kills: ReadonlyMap<string, Kill>;
  /** By run; ones that have expired are among them. */
  readonly canaries: ReadonlyMap<string, CanaryRun>;
  /** By name. */
  readonly groups: ReadonlyMap<string, Group>;
  /** By name. */
  readonly campaigns: ReadonlyMap<string, CampaignFile>;
  /** By name. */
  readonly experiments: ReadonlyMap<string, ExperimentFile>;
  /** Files that were refused; their last valid text is in force, or nothing where there is none. */
  readonly problems: readonly Problem[];
}

/** A campaign, and the file that it stands in. */
export interface CampaignFile {
  readonly path: string;
  readonly text: string;
  readonly campaign: Campaign;
}

/** An experiment, and the file that it stands in. */
export interface ExperimentFile {
  readonly path: string;
  readonly text: string;
  readonly experiment: Experiment;
}

/** The releases of one version of a script, by region. */
export function releasesOf(
  snapshot: Pick<FleetSnapshot, "releases">,
  name: string,
  version: string,
): Map<string, Release> {
  const key = `${name}@${version}`;
  const found = new Map<string, Release>();
  for (const [region, releases] of snapshot.releases) {
    const release = releases.get(key);
    if (release) found.set(region, release);
  }
  return found;
}

/** The canary runs of one version of a script, oldest first. */
export function canariesOf(snapshot: FleetSnapshot, name: string, version: string): CanaryRun[] {
  return [...snapshot.canaries.values()]
    .filter((run) => run.script === name && run.version === version)
    .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt) || (a.runId < b.runId ? -1 : 1));
}
