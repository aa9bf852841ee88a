import type { FleetSnapshot } from "./fleet-snapshot.ts";
import { releaseText } from "./release-file.ts";

/** A release that reads differently than before. */
export interface ChangedRelease {
  readonly region: string;
  readonly script: string;
  readonly version: string;
}

/** The releases that differ between two states of the fleet repository and are still there; who changed them, git knows. */
export function changedReleases(
  before: Pick<FleetSnapshot, "releases">,
  after: Pick<FleetSnapshot, "releases">,
): ChangedRelease[] {
  const changed: ChangedRelease[] = [];
  for (const [region, releases] of after.releases) {
    const known = before.releases.get(region);
    for (const [key, release] of releases) {
      const old = known?.get(key);
      // A file that did not change is the same object from one reading to the next.
      if (old === release || (old && releaseText(old) === releaseText(release))) continue;
      changed.push({ region, script: release.script, version: release.version });
    }
  }
  return changed;
}
