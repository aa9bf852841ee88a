import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { Digest } from "#schemas/types.ts";
import type { ActiveFaults } from "./faults.ts";
import type { MemoryDatabase } from "./memory-database.ts";
import type { SimulatedGitHub } from "./simulated-github.ts";
import type { FetchedRefs } from "./simulated-mirror.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What outlives the control plane's process and what lies outside of it. */
export interface World {
  readonly seed: number;
  readonly startMs: number;
  readonly time: VirtualTime;
  readonly github: SimulatedGitHub;
  readonly faults: ActiveFaults;
  readonly nodes: readonly SimulatedNode[];
  readonly fleetRepositoryId: number;
  /** Replaced when the database is lost. */
  database: MemoryDatabase;
  /** The control plane's disk. */
  readonly bundles: Set<Digest>;
  readonly mirrors: Map<number, FetchedRefs>;
  /** Everything that can be watched as it happens. */
  readonly watch: Watcher;
}

/** Told of every act at the moment it takes effect. */
export interface Watcher {
  trace(who: string, what: string): void;
  runStarted(key: string): void;
  runEnded(key: string, outcome: string): void;
  /** A controller failed with something that no fault explains. */
  bug(key: string, error: unknown): void;
  documentStored(document: RegionDocumentRecord): void;
  rolloutStored(rollout: RolloutRecord): void;
  effect(identity: string): void;
  /** A request reached GitHub. `limitedUntilMs` is what this process was told before, 0 when nothing. */
  request(name: string, limitedUntilMs: number): void;
  reportArrived(node: SimulatedNode): void;
  /** A node registered that the store did not know. */
  registered(node: string): void;
  /** The control plane's process stands still until then. */
  paused(untilMs: number): void;
  /** `clockOffsetMs` is by how much its clock is ahead. */
  controlPlane(state: "up" | "down", clockOffsetMs?: number): void;
}
