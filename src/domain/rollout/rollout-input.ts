import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Run } from "#domain/canary/run.ts";
import type { Digest, Hold, Release, ReleaseSource } from "#schemas/types.ts";
import type { NodeView } from "./attestation.ts";
import type { HealthSample } from "./health.ts";
import type { Pace } from "./pace.ts";
import type { Alarm } from "./region-alarms.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import type { Stop } from "./stops.ts";

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
  /** What keeps this version from moving on, if anything. */
  readonly hold: Hold | null;
  /** Freezes in force for this script. */
  readonly stops: readonly Stop[];
  /** Regions where most of the other scripts fail. */
  readonly alarms: readonly Alarm[];
  /** How long the other scripts of a region take now, as `othersP95Ms` of a sample; asked only while a rollout is under way. */
  readonly othersLatencyMs: (region: string) => number | null;
  /** What earlier rollouts of the script tell about how long things take. */
  readonly pace: Pace;
  /** Canary runs of the target, and those that rollouts of this version asked for and that have not ended. */
  readonly canaryRuns: readonly Run[];
  /** What is remembered of this rollout; a lost memory costs a bake, never safety. */
  readonly memory: RolloutMemory | null;
  /** Regions where it goes back because a companion that came there with it does. */
  readonly leaving?: ReadonlySet<string>;
  /** Where the companions are that keep it from moving; absent when it may move. */
  readonly stall?: RolloutPhase | null;
  /** The order in which regions go back, where companions decide it; else the worst first. */
  readonly retreatOrder?: readonly string[];
}

/** The promise, when the bake of each wave (from 1) began, and what it is compared with. */
export interface RolloutMemory {
  readonly id: string;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  readonly bakeStartedAtMs: Readonly<Record<number, number>>;
  /** When each wave (from 1) began. */
  readonly waveStartedAtMs: Readonly<Record<number, number>>;
  readonly unproven: boolean;
  /** What regions' stable revisions measured before the new one had all nodes, by region. */
  readonly baselines: Readonly<Record<string, HealthSample>>;
  /** Nodes whose warm-up took too long, and since when none of their tries went well, epoch milliseconds. */
  readonly lateSinceMs: Readonly<Record<string, number>>;
  /** What most regions served before; null for a first release. */
  readonly previous: Revision | null;
}
