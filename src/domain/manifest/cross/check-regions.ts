import { closest } from "../closest.ts";
import type { FleetManifest } from "../fleet-manifest.ts";
import type { Position } from "../located-document.ts";
import type { AnyReadManifest, ReadManifest } from "../read-manifest.ts";

/** The waves name each region of the fleet, and no other. */
export function checkRegions(read: ReadManifest<"Script">, fleet: FleetManifest, fleetFile: string): void {
  const waves = read.source.rollout?.waves;
  if (waves === undefined || read.source.rollout?.strategy === "global") return;
  const missing = new Set(fleet.regions.map((region) => region.name));
  const meant: (string | null)[] = [];
  for (const [wave, regions] of waves.entries()) {
    for (const [index, region] of regions.entries()) {
      missing.delete(region);
      const at = read.document.at(["rollout", "waves", wave, index]);
      meant.push(reportUnknownRegion(read, at, region, fleet, fleetFile));
    }
  }
  // A region that is only misspelled is not missing as well.
  for (const region of meant) if (region !== null) missing.delete(region);
  if (missing.size === 0) return;
  const names = [...missing].map((name) => `"${name}"`).join(" and ");
  const message = `The waves leave out ${names}, which would never get a new revision.`;
  const fix = `add [${[...missing].join(", ")}]`;
  read.problems.error(read.document.atKey(["rollout", "waves"]), "missing-region", message, fix);
}

/** The region that was meant, where one is near; null when the region is known or none is near. */
export function reportUnknownRegion(
  read: AnyReadManifest,
  at: Position,
  region: string,
  fleet: FleetManifest,
  fleetFile: string,
): string | null {
  const names = fleet.regions.map((known) => known.name);
  if (names.includes(region)) return null;
  const meant = closest(region, names);
  const hint = meant === null ? `It has ${names.join(", ")}.` : `Did you mean "${meant}"?`;
  read.problems.error(at, "unknown-region", `There is no region "${region}" in ${fleetFile}. ${hint}`, meant);
  return meant;
}
