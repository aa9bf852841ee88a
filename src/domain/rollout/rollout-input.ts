import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Digest, Release, ReleaseSource } from "#schemas/types.ts";
import type { NodeView } from "./attestation.ts";

export interface Revision {
  readonly digest: Digest;
  readonly commit: string;
}

export interface RolloutInput {
  readonly nowMs: number;
  readonly manifest: ScriptManifest;
  readonly source: ReleaseSource;
  readonly fleet: FleetManifest;
  /** The newest merged revision that could be built. */
  readonly target: Revision;
  /** This version's releases by region, as the fleet repository has them. */
  readonly releases: ReadonlyMap<string, Release>;
  readonly nodes: readonly NodeView[];
  /** What is remembered of this rollout: the promise, and when the bake of each wave (from 1) began. */
  readonly memory: RolloutMemory | null;
}

export interface RolloutMemory {
  readonly id: string;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  readonly bakeStartedAtMs: Readonly<Record<number, number>>;
  readonly unproven: boolean;
}
