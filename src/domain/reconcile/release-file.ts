import type { Release } from "#schemas/types.ts";
import { fleetFileText } from "./fleet-file-text.ts";

/** Where the fleet repository keeps a release. */
export function releasePath(region: string, script: string, version: string): string {
  return `releases/${region}/${script}@${version}.yaml`;
}

/** The file's text. Key order is fixed, so an unchanged release gives unchanged bytes. */
export function releaseText(release: Release): string {
  const { kind, script, version, source, stable, next, rollout } = release;
  const ordered = {
    kind,
    script,
    version,
    source,
    ...(stable && { stable }),
    ...(next && { next }),
    ...(rollout && { rollout }),
  };
  return fleetFileText("release", ordered);
}
