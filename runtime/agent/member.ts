import type { ProvisionOutcome } from "./provision-outcome.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** One worker of the pool with what is under way in it. */
export interface Member {
  readonly process: WorkerProcess;
  readonly provisioning: Map<number, Provisioning>;
  /** Those that were there before and are on their way back, from the reading of their code on. */
  readonly comingBack: Set<number>;
  readonly retiring: Map<number, () => void>;
  /** What each instance held when the worker last told. */
  heapBytes: ReadonlyMap<number, number>;
  routesActive: number;
  /** The provisioning before, when they go one at a time to find the one that brings workers down. */
  turn: Promise<unknown> | null;
}

export interface Provisioning {
  readonly settle: (outcome: ProvisionOutcome) => void;
  readonly onWarming: () => void;
}
