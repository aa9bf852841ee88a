import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import {
  CONNECTION,
  LEDGER_HEAD_BYTES,
  LEDGER_PHASE_AT,
  LEDGER_RUNNING_AT,
  SLOTS_MAX,
} from "../ledger-format.ts";
import type { AgentMessage, WorkerMessage, WorkerSetup } from "../worker-messages.ts";
import type { WorkerProgram } from "./build-worker.ts";
import type { KernelKills } from "./kernel-kills.ts";
import { isSuspicious, judgeLiveness, SILENT_MS_MIN } from "./liveness.ts";
import { MemoryGrowth } from "./memory-growth.ts";
import { readProcessUsage } from "./process-usage.ts";
import { endOfExit, type WorkerEnd } from "./worker-end.ts";

/** Flags that compiled code depends on: all of a script is compiled at once, so that its code cache holds all. */
export const WORKER_FLAGS = ["--no-node-snapshot", "--no-lazy"];

const LOOK_EVERY_MS = 50;
// A worker that is only just over its memory bound has this long to leave by itself, milliseconds, and as long as it is
// not over this share of the bound.
const LEAVE_MS_MAX = 150;
const LEAVE_SHARE_MAX = 1.1;
// Of the memory bound, within what MemoryGrowth looks back on.
const FAST_GROWTH_SHARE = 0.15;
// A heartbeat comes every 100 ms.
const HEARD_JUST_NOW_MS = 200;
const READY_MS_MAX = 15_000;

/** What is known of a worker that is gone. */
export interface WorkerDeath {
  readonly end: WorkerEnd;
  /** The instance that was running, or that is known to be at fault; 0 for none. */
  readonly running: number;
  /** Whether its memory grew fast at the end, as it does when one script fills it. */
  readonly hasGrownFast: boolean;
  readonly phase: number;
  /** By slot, see ledger-format.ts. */
  readonly connectionStates: Uint8Array;
}

export interface WorkerProcessDeps {
  readonly program: WorkerProgram;
  readonly setup: WorkerSetup;
  /** Where the ledger lies. */
  readonly folder: string;
  readonly rssMbMax: number;
  /** CPU in silence that counts as a hang, milliseconds. */
  readonly hungCpuMs: number;
  /** The longest that one turn is given by the clock, milliseconds. */
  readonly turnMsMax: number;
  readonly kernelKills: KernelKills;
  /** It may turn out to hang; told once a silence. */
  readonly onSuspicion: () => void;
  readonly onMessage: (worker: WorkerProcess, message: WorkerMessage) => void;
  readonly onDeath: (worker: WorkerProcess, death: WorkerDeath) => void;
}

/** One worker process, watched from its start to its end. */
export class WorkerProcess {
  readonly number: number;
  readonly #deps: WorkerProcessDeps;
  readonly #child: ChildProcess;
  readonly #ledger: number;
  readonly #watch: NodeJS.Timeout;
  readonly #startedMs = performance.now();
  #isReady = false;
  #isGone = false;
  #heardMs = performance.now();
  #cpuMsWhenHeard = 0;
  #rssMb = 0;
  readonly #growth = new MemoryGrowth();
  #cpuMs = 0;
  #isSuspected = false;
  /** Why this process was ended by its agent; null when it was not. */
  #end: WorkerEnd | null = null;
  #culprit = 0;
  /** When it was asked to leave; null when it was not. */
  #leavingSinceMs: number | null = null;

  constructor(number: number, deps: WorkerProcessDeps) {
    this.number = number;
    this.#deps = deps;
    const path = join(deps.folder, `worker-${number}.ledger`);
    this.#ledger = openSync(path, "w+", 0o600);
    // Only the two processes that have it open need it.
    rmSync(path);
    this.#child = spawn(process.execPath, workerArguments(deps.program), {
      cwd: deps.folder,
      env: {},
      stdio: ["ignore", "ignore", "inherit", "ipc", this.#ledger],
    });
    this.#child.on("message", (message: WorkerMessage) => {
      this.#receive(message);
    });
    this.#child.on("error", () => {});
    this.#child.on("exit", (_code, signal) => {
      this.#bury(signal);
    });
    this.send({ type: "setup", setup: deps.setup });
    this.#watch = setInterval(() => {
      // Heartbeats may lie unread when this process itself had no time, so they are read first.
      setImmediate(() => {
        this.#look();
      });
    }, LOOK_EVERY_MS);
    this.#watch.unref();
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isGone;
  }

  get hasBeenReady(): boolean {
    return this.#isReady;
  }

  /** Resident memory at the last look, MiB; 0 where the system does not tell. */
  get rssMb(): number {
    return this.#rssMb;
  }

  /** Whether it has not been heard for longer than a busy worker would be. */
  get isSilent(): boolean {
    return performance.now() - this.#heardMs > SILENT_MS_MIN;
  }

  /** The instance that runs now, 0 for none. */
  running(): number {
    if (this.#isGone) return 0;
    const bytes = Buffer.alloc(4);
    readSync(this.#ledger, bytes, 0, 4, LEDGER_RUNNING_AT);
    return bytes.readUInt32LE(0);
  }

  /** CPU until the last look, milliseconds. */
  get cpuMs(): number {
    return this.#cpuMs;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: AgentMessage): void {
    if (this.#isGone || !this.#child.connected) return;
    this.#child.send(message, () => {
      // What a dying worker does not get, its successor is told.
    });
  }

  /** Hands a connection over, while this process keeps its end. */
  sendConnection(slot: number, socket: Socket): void {
    if (this.#isGone || !this.#child.connected) return;
    const message: AgentMessage = { type: "connection", slot };
    // Whatever the slot's last connection left there.
    writeSync(this.#ledger, Buffer.of(CONNECTION.idle), 0, 1, LEDGER_HEAD_BYTES + slot);
    this.#child.send(message, socket, { keepOpen: true }, () => {});
  }

  /** `culprit`: the instance that is known to be at fault, whatever runs at the moment. */
  kill(end: WorkerEnd, culprit = 0): void {
    if (this.#isGone || this.#end !== null) return;
    this.#end = end;
    this.#culprit = culprit;
    this.#child.kill("SIGKILL");
  }

  #receive(message: WorkerMessage): void {
    if (this.#isGone) return;
    this.#heardMs = performance.now();
    this.#isSuspected = false;
    if (message.type === "heartbeat") return;
    if (message.type === "ready") this.#isReady = true;
    this.#deps.onMessage(this, message);
  }

  #look(): void {
    const nowMs = performance.now();
    const { pid } = this.#child;
    if (this.#isGone || pid === undefined) return;
    const usage = readProcessUsage(pid);
    const silentMs = nowMs - this.#heardMs;
    if (silentMs < HEARD_JUST_NOW_MS && usage !== null) this.#cpuMsWhenHeard = usage.cpuMs;
    if (!this.#isReady) {
      if (nowMs - this.#startedMs > READY_MS_MAX) this.kill("starved");
      return;
    }
    const vitals = {
      silentMs,
      // Where the system does not tell, silence itself has to do.
      cpuMs: usage === null ? silentMs / 2 : usage.cpuMs - this.#cpuMsWhenHeard,
      rssMb: usage?.rssMb ?? 0,
      rssMbMax: this.#deps.rssMbMax,
      hungCpuMs: this.#deps.hungCpuMs,
      turnMsMax: this.#deps.turnMsMax,
    };
    this.#rssMb = usage?.rssMb ?? 0;
    this.#growth.look(this.#rssMb, nowMs);
    // Where the system does not tell, the clock has to do.
    this.#cpuMs = usage?.cpuMs ?? nowMs;
    const judged = judgeLiveness(vitals);
    if (judged === "overMemory" && this.#mayLeave(nowMs)) this.#askToLeave(nowMs);
    else if (judged !== "alive") this.kill(judged);
    else if (!this.#isSuspected && isSuspicious(vitals)) {
      this.#isSuspected = true;
      this.#deps.onSuspicion();
    }
  }

  #mayLeave(nowMs: number): boolean {
    if (this.#rssMb > this.#deps.rssMbMax * LEAVE_SHARE_MAX || this.#hasGrownFast) return false;
    return this.#leavingSinceMs === null || nowMs - this.#leavingSinceMs <= LEAVE_MS_MAX;
  }

  #askToLeave(nowMs: number): void {
    if (this.#leavingSinceMs !== null) return;
    this.#leavingSinceMs = nowMs;
    this.send({ type: "leave" });
  }

  get #hasGrownFast(): boolean {
    return this.#growth.mb > this.#deps.rssMbMax * FAST_GROWTH_SHARE;
  }

  #endBy(signal: NodeJS.Signals | null): WorkerEnd {
    if (this.#end !== null) return this.#end;
    if (this.#leavingSinceMs !== null) return "overMemory";
    return endOfExit(signal, this.#deps.kernelKills.wereRecent(performance.now()));
  }

  #bury(signal: NodeJS.Signals | null): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearInterval(this.#watch);
    const bytes = Buffer.alloc(LEDGER_HEAD_BYTES + SLOTS_MAX);
    readSync(this.#ledger, bytes, 0, bytes.length, 0);
    closeSync(this.#ledger);
    this.#deps.onDeath(this, {
      end: this.#endBy(signal),
      running: this.#culprit === 0 ? bytes.readUInt32LE(LEDGER_RUNNING_AT) : this.#culprit,
      hasGrownFast: this.#hasGrownFast,
      phase: bytes[LEDGER_PHASE_AT] ?? 0,
      connectionStates: bytes.subarray(LEDGER_HEAD_BYTES),
    });
  }
}

function workerArguments({ file, readable }: WorkerProgram): string[] {
  return [
    ...WORKER_FLAGS,
    "--no-warnings",
    "--permission",
    "--allow-addons",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    file,
  ];
}
