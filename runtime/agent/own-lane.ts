import { setPriority } from "node:os";
import { assertNever } from "../assert-never.ts";
import type { FlatRequest } from "../isolates/dispatch-codec.ts";
import type { DispatchFailureCode, DispatchOptions, DispatchOutcome } from "../isolates/script-instance.ts";
import type { WireRequest } from "../sandbox/messages.ts";
import type { CallAnswer, InstanceSnapshot, WorkerMessage } from "../worker-messages.ts";
import { watchLoading } from "./load-watch.ts";
import { LOST, type ProvisionOutcome } from "./provision-outcome.ts";
import type { Harm } from "./quarantine.ts";
import { harmOf } from "./worker-end.ts";
import type { WorkerDeath, WorkerProcess } from "./worker-process.ts";

// A script gets here by doing harm; it shall not fill this process's memory with its requests too.
const REQUESTS_MAX = 32;
const IDLE_MS_MAX = 60_000;
// Those that did no harm go first where cores are few.
const NICENESS = 5;

export interface OwnLaneDeps {
  readonly instance: number;
  readonly start: (
    onMessage: (worker: WorkerProcess, message: WorkerMessage) => void,
    onDeath: (worker: WorkerProcess, death: WorkerDeath) => void,
  ) => WorkerProcess;
  /** Sends the worker all that it needs to bring the instance to life; false when that cannot be had. */
  readonly provision: (worker: WorkerProcess) => Promise<boolean>;
  readonly onHarm: (harm: Harm) => void;
  /** Asks another script on behalf of this one. */
  readonly callScript: (name: string, request: WireRequest) => Promise<CallAnswer>;
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
  /** The process is gone and nothing is owed any more. */
  readonly onGone: () => void;
}

export interface Relay {
  readonly request: FlatRequest;
  readonly options: DispatchOptions;
  readonly settle: (outcome: DispatchOutcome) => void;
}

/** A worker process with a single script in it, one that has cost others their worker. Requests come by messages. */
export class OwnLane {
  /** How its script came to life, or did not. */
  readonly provisioned: Promise<ProvisionOutcome>;
  readonly #settleProvisioned: (outcome: ProvisionOutcome) => void;
  readonly #deps: OwnLaneDeps;
  readonly #process: WorkerProcess;
  readonly #waiting: Relay[] = [];
  readonly #inFlight = new Map<number, Relay>();
  #isServing = false;
  #lastCall = 0;
  #idle: NodeJS.Timeout | null = null;
  #loading: { readonly stop: () => void } | null = null;

  constructor(deps: OwnLaneDeps) {
    this.#deps = deps;
    const { promise, resolve } = Promise.withResolvers<ProvisionOutcome>();
    this.provisioned = promise;
    this.#settleProvisioned = resolve;
    this.#process = deps.start(
      (_worker, message) => {
        this.#receive(message);
      },
      (_worker, death) => {
        this.#onDeath(death);
      },
    );
    giveWay(this.#process.pid);
    this.#rest();
  }

  /** Resident memory, MiB. */
  get rssMb(): number {
    return this.#process.rssMb;
  }

  relay(relay: Relay): void {
    if (this.#waiting.length + this.#inFlight.size >= REQUESTS_MAX) {
      relay.settle(failed("overloaded"));
      return;
    }
    this.#rest();
    if (this.#isServing) this.#send(relay);
    else this.#waiting.push(relay);
  }

  askSnapshot(): void {
    if (this.#isServing) this.#process.send({ type: "snapshot", ask: 0 });
  }

  stop(end: "stopped" | "overMemory" = "stopped"): void {
    this.#process.kill(end);
  }

  #send(relay: Relay): void {
    this.#lastCall += 1;
    const { request, options } = relay;
    this.#inFlight.set(this.#lastCall, relay);
    const { instance } = this.#deps;
    this.#process.send({ type: "dispatch", call: this.#lastCall, instance, request, options });
  }

  async #provision(): Promise<void> {
    this.#loading = watchLoading(this.#process, this.#deps.instance);
    if (!(await this.#deps.provision(this.#process))) this.stop();
  }

  async #call({ call, name, request }: Extract<WorkerMessage, { type: "call" }>): Promise<void> {
    this.#process.send({ type: "called", call, answer: await this.#deps.callScript(name, request) });
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case "ready":
        void this.#provision();
        return;
      case "warming":
        this.#loaded();
        return;
      case "provisioned":
        this.#isServing = true;
        this.#settleProvisioned({ ok: true, warmupMs: message.warmupMs });
        for (const relay of this.#waiting.splice(0)) this.#send(relay);
        return;
      case "provisionFailed": {
        const { kind, code, message: text } = message;
        this.#settleProvisioned({ ok: false, kind, code, message: text });
        this.stop();
        return;
      }
      case "need":
        this.stop();
        return;
      case "dispatched":
        this.#inFlight.get(message.call)?.settle(message.outcome);
        this.#inFlight.delete(message.call);
        return;
      case "call":
        void this.#call(message);
        return;
      case "strike":
        this.#deps.onHarm(message.strike);
        // The isolate is gone; a fresh process is as quick as a fresh isolate, and cleaner.
        if (message.isDead) this.stop();
        return;
      case "snapshot":
        for (const snapshot of message.instances) this.#deps.onSnapshot(this.#process.number, snapshot);
        return;
      case "heartbeat":
      case "routesActive":
      case "retired":
      case "closed":
      case "relay":
      case "called":
      case "problem":
      case "drained":
        return;
      default:
        assertNever(message);
    }
  }

  #onDeath({ end }: WorkerDeath): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#loaded();
    this.#settleProvisioned(LOST);
    for (const { settle } of this.#inFlight.values()) settle(failed("worker_restarted"));
    for (const { settle } of this.#waiting.splice(0)) settle(failed("not_ready"));
    this.#inFlight.clear();
    // Nobody else was in it.
    const harm = harmOf(end);
    if (harm !== null) this.#deps.onHarm(harm);
    this.#deps.onGone();
  }

  #loaded(): void {
    this.#loading?.stop();
    this.#loading = null;
  }

  #rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.stop();
    }, IDLE_MS_MAX);
    this.#idle.unref();
  }
}

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {
    // Gone already, or a system without priorities: it serves all the same.
  }
}

function failed(code: DispatchFailureCode): DispatchOutcome {
  return { kind: "failure", code, message: "the script's own process cannot answer" };
}
