import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { Release } from "#schemas/types.ts";

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
  /** Files that were refused; the releases they would have described are absent. */
  readonly problems: readonly Problem[];
}

/** The releases of one version of a script, by region. */
export function releasesOf(snapshot: FleetSnapshot, name: string, version: string): Map<string, Release> {
  const key = `${name}@${version}`;
  const found = new Map<string, Release>();
  for (const [region, releases] of snapshot.releases) {
    const release = releases.get(key);
    if (release) found.set(region, release);
  }
  return found;
}
