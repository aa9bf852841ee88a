import type { InstanceSnapshot } from "../worker-messages.ts";
import { OwnLane, type OwnLaneDeps, type Relay } from "./own-lane.ts";
import type { Placed } from "./placed.ts";
import type { ProvisionOutcome } from "./provision-outcome.ts";
import type { Harm } from "./quarantine.ts";
import type { WorkerProcess } from "./worker-process.ts";

// Further scripts stay in quarantine until one of these is idle.
const LANES_MAX = 4;

export interface OwnLanesDeps {
  /** What all lanes together may hold, MiB: as much as one worker. */
  readonly rssMbMax: number;
  readonly start: (placed: Placed, ...on: Parameters<OwnLaneDeps["start"]>) => WorkerProcess;
  readonly provision: (placed: Placed, worker: WorkerProcess) => Promise<boolean>;
  readonly onHarm: (instance: number, harm: Harm) => void;
  readonly callScript: OwnLaneDeps["callScript"];
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
}

/** The processes of scripts that have cost others their worker: each has its own, and few there are. */
export class OwnLanes {
  readonly #deps: OwnLanesDeps;
  readonly #lanes = new Map<number, OwnLane>();

  constructor(deps: OwnLanesDeps) {
    this.#deps = deps;
  }

  relay(placed: Placed | undefined, relay: Relay): void {
    const lane = placed === undefined ? null : this.#laneOf(placed);
    if (lane === null) relay.settle({ kind: "failure", code: "overloaded", message: FULL });
    else lane.relay(relay);
  }

  /** Tries whether the script comes to life, where only itself can suffer from it. */
  async provision(placed: Placed): Promise<ProvisionOutcome> {
    const lane = this.#laneOf(placed);
    return lane === null
      ? { ok: false, kind: "transient", code: "overloaded", message: FULL }
      : lane.provisioned;
  }

  stop(instance: number): void {
    this.#lanes.get(instance)?.stop();
  }

  stopAll(): void {
    for (const lane of this.#lanes.values()) lane.stop();
  }

  askSnapshots(): void {
    for (const lane of this.#lanes.values()) lane.askSnapshot();
  }

  /** Ends the largest when all together hold too much. */
  keepWithinMemory(): void {
    const lanes = [...this.#lanes.values()].toSorted((a, b) => b.rssMb - a.rssMb);
    const totalMb = lanes.reduce((sum, { rssMb }) => sum + rssMb, 0);
    if (totalMb > this.#deps.rssMbMax) lanes[0]?.stop("overMemory");
  }

  #laneOf(placed: Placed): OwnLane | null {
    const { number } = placed;
    const known = this.#lanes.get(number);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES_MAX) return null;
    const { start, provision, onHarm, callScript, onSnapshot } = this.#deps;
    const lane = new OwnLane({
      instance: number,
      start: (...on) => start(placed, ...on),
      provision: async (worker) => provision(placed, worker),
      onHarm: (harm) => {
        onHarm(number, harm);
      },
      callScript,
      onSnapshot,
      onGone: () => {
        this.#lanes.delete(number);
      },
    });
    this.#lanes.set(number, lane);
    return lane;
  }
}

const FULL = "too many scripts need a process of their own";
