import type { ScriptManifest } from "../manifest/script-manifest.ts";
import { rolloutWaves } from "../rollout/rollout-waves.ts";
import type { FleetSnapshot } from "./fleet-snapshot.ts";
import type { ReconcileKey } from "./reconcile-key.ts";

/** One version of a script as its repository declares it, and what is known to be served of it. */
export interface KnownScript {
  readonly name: string;
  readonly version: string;
  readonly declared: boolean;
  readonly commit: string;
  readonly manifest: Pick<ScriptManifest, "rollout" | "prune"> | null;
  /** The commit that every region was last seen to serve, and what it builds to; null before the first. */
  readonly servedCommit: string | null;
  readonly servedDigest: string | null;
}

/**
 * The scripts for which git's releases are not what their branches say, by comparison alone: no build, no git, no
 * node is asked. A script is settled when its branch's commit is known to build to what is stable in every region of
 * its rollout and nothing is on its way, or when it is declared no more and no region
 * has it that it may be taken from.
 */
export function unsettledScripts(
  snapshot: Pick<FleetSnapshot, "fleet" | "releases">,
  scripts: readonly KnownScript[],
): ReconcileKey[] {
  return scripts
    .filter((script) => (script.declared ? !isServed(snapshot, script) : isLeft(snapshot, script)))
    .map(({ name, version }): ReconcileKey => `script:${name}@${version}`);
}

function isServed(
  { fleet, releases }: Pick<FleetSnapshot, "fleet" | "releases">,
  script: KnownScript,
): boolean {
  // Without a manifest there is nothing that could be rolled out.
  if (script.manifest === null) return true;
  if (script.servedDigest === null || script.servedCommit !== script.commit) return false;
  const key = `${script.name}@${script.version}`;
  return rolloutWaves(script.manifest.rollout, fleet).every((wave) =>
    wave.every((region) => {
      const release = releases.get(region)?.get(key);
      return release?.stable?.digest === script.servedDigest && release.next === undefined;
    }),
  );
}

function isLeft(
  { releases }: Pick<FleetSnapshot, "releases">,
  { name, version, manifest }: KnownScript,
): boolean {
  if (manifest?.prune === false) return false;
  const key = `${name}@${version}`;
  return [...releases.values()].some((ofRegion) => ofRegion.has(key));
}
