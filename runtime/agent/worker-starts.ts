import type { RevisionSettings } from "#schemas/types.ts";
import { longestTurnMs } from "../turn-wall-ms.ts";
import type { WorkerSetup } from "../worker-messages.ts";
import { KernelKills } from "./kernel-kills.ts";
import { WorkerProcess, type WorkerProcessDeps } from "./worker-process.ts";

// Below what the watch over workers takes for a hang.
const SHARED_TURN_CPU_MS_MAX = 500;
const SHARED_HUNG_CPU_MS = 800;
// A script's own process: what the process takes itself, and the script's limit twice, as none is kept to the byte.
const LANE_BASE_MB = 192;
const LANE_LIMITS = 2;

export interface WorkerStartsDeps extends Pick<WorkerProcessDeps, "program" | "folder" | "rssMbMax"> {
  readonly setup: Omit<WorkerSetup, "turnCpuMsMax" | "isOwnLane">;
}

type Listeners = Pick<WorkerProcessDeps, "onMessage" | "onDeath" | "onSuspicion">;

/** Starts the worker processes of a node, each with a number of its own and the bounds of what it is to run. */
export class WorkerStarts {
  readonly #deps: WorkerStartsDeps;
  readonly #kernelKills = new KernelKills();
  #lastWorker = 0;

  constructor(deps: WorkerStartsDeps) {
    this.#deps = deps;
  }

  /** Has to be called now and then, so that it is known when the kernel ended a process. */
  look(nowMs: number): void {
    this.#kernelKills.look(nowMs);
  }

  /** One for all scripts. */
  shared(on: Listeners): WorkerProcess {
    return this.#start(
      { turnCpuMsMax: SHARED_TURN_CPU_MS_MAX, isOwnLane: false },
      {
        rssMbMax: this.#deps.rssMbMax,
        hungCpuMs: SHARED_HUNG_CPU_MS,
        turnMsMax: longestTurnMs(SHARED_TURN_CPU_MS_MAX),
      },
      on,
    );
  }

  /** One for a single script with these limits. */
  ownLane({ cpuMs, memoryMb }: RevisionSettings["limits"], on: Listeners): WorkerProcess {
    return this.#start(
      { turnCpuMsMax: cpuMs, isOwnLane: true },
      {
        rssMbMax: Math.min(this.#deps.rssMbMax, LANE_BASE_MB + memoryMb * LANE_LIMITS),
        hungCpuMs: cpuMs + SHARED_HUNG_CPU_MS,
        turnMsMax: longestTurnMs(cpuMs),
      },
      on,
    );
  }

  #start(
    lane: Pick<WorkerSetup, "turnCpuMsMax" | "isOwnLane">,
    bounds: Pick<WorkerProcessDeps, "rssMbMax" | "hungCpuMs" | "turnMsMax">,
    on: Listeners,
  ): WorkerProcess {
    this.#lastWorker += 1;
    const { program, setup, folder } = this.#deps;
    return new WorkerProcess(this.#lastWorker, {
      program,
      setup: { ...setup, ...lane },
      folder,
      kernelKills: this.#kernelKills,
      ...bounds,
      ...on,
    });
  }
}
