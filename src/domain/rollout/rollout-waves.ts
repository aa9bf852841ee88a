import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "../manifest/script-manifest.ts";

type Strategy = Pick<RolloutPolicy, "strategy" | "waves">;

/**
 * Names of the regions that advance together, in order. Global is one wave of all regions; without waves, each region
 * is its own, in the fleet's order. Regions that the fleet does not have are left out, and so are waves without any.
 */
export function rolloutWaves(policy: Strategy, fleet: Pick<FleetManifest, "regions">): string[][] {
  const names = fleet.regions.map((region) => region.name);
  if (policy.strategy === "global") return names.length === 0 ? [] : [names];
  if (policy.waves === null) return names.map((name) => [name]);
  const known = new Set(names);
  return policy.waves
    .map((wave) => wave.filter((region) => known.has(region)))
    .filter((wave) => wave.length > 0);
}
