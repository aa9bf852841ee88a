import type { Release } from "#schemas/types.ts";
import { nextBatchPct } from "./batches.ts";
import type { Revision, RolloutInput, RolloutMemory } from "./rollout-input.ts";

/** A release file to put into the fleet repository; null takes the file away. */
export interface ReleaseWrite {
  readonly region: string;
  readonly release: Release | null;
}

/** Begins the rollout in a region with its first batch of nodes. */
export function startWrite(
  input: RolloutInput,
  region: string,
  wave: number,
  memory: RolloutMemory,
  revision: Revision = input.target,
): ReleaseWrite {
  const { manifest, releases } = input;
  const slots = input.nodes.filter((node) => node.region === region).map((node) => node.slot);
  const stable = releases.get(region)?.stable;
  return {
    region,
    release: {
      kind: "Release",
      script: manifest.name,
      version: manifest.version,
      source: input.source,
      ...(stable && { stable }),
      next: { digest: revision.digest, commit: revision.commit, nodesPct: nextBatchPct(slots, 0) },
      rollout: {
        id: memory.id,
        wave,
        startedAt: new Date(memory.startedAtMs).toISOString(),
        // Not before the rollout, even with a clock that was set back: such a file would be refused.
        waveStartedAt: new Date(Math.max(input.nowMs, memory.startedAtMs)).toISOString(),
        promisedBy: new Date(memory.promisedByMs).toISOString(),
      },
    },
  };
}

/** The same release with the revision on more nodes. */
export function withShare(release: Release, nodesPct: number): Release {
  return release.next ? { ...release, next: { ...release.next, nodesPct } } : release;
}

/** Makes the revision that baked in a region its stable one; null when none is under way there. */
export function promoteWrite(input: RolloutInput, region: string): ReleaseWrite | null {
  const release = input.releases.get(region);
  if (!release?.next) return null;
  const { digest, commit } = release.next;
  const { kind, script, version } = release;
  return { region, release: { kind, script, version, source: input.source, stable: { digest, commit } } };
}

/** What is left of a release when nothing is on its way any more; the file goes where there never was a stable revision. */
export function withdrawWrite(input: RolloutInput, region: string): ReleaseWrite | null {
  const release = input.releases.get(region);
  if (!release?.next) return null;
  const { kind, script, version, source, stable } = release;
  return { region, release: stable ? { kind, script, version, source, stable } : null };
}
