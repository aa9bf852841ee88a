import type { Digest, Release } from "#schemas/types.ts";

/** A revision that some region serves or is about to serve. */
export interface DeployedRevision {
  readonly digest: Digest;
  readonly script: string;
  readonly version: string;
  readonly repository: string;
  readonly regions: readonly string[];
}

/** What git says that regions serve, revision by revision; of a rollout under way both sides. */
export function deployedRevisions(
  releases: ReadonlyMap<string, ReadonlyMap<string, Release>>,
): DeployedRevision[] {
  const found = new Map<string, DeployedRevision & { regions: string[] }>();
  for (const [region, ofRegion] of releases) {
    for (const { script, version, source, stable, next } of ofRegion.values()) {
      for (const digest of new Set([stable?.digest, next?.digest])) {
        if (digest === undefined) continue;
        const key = `${digest} ${script}@${version}`;
        const known = found.get(key);
        if (known) known.regions.push(region);
        else found.set(key, { digest, script, version, repository: source.repo, regions: [region] });
      }
    }
  }
  return [...found.values()];
}
