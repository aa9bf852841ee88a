import { assertNever } from "../assert-never.ts";
import type { FlatRequest } from "../isolates/dispatch-codec.ts";
import type { DispatchFailureCode, DispatchOptions, DispatchOutcome } from "../isolates/script-instance.ts";
import type { InstanceSnapshot, WorkerMessage } from "../worker-messages.ts";
import type { Harm } from "./quarantine.ts";
import type { WorkerDeath, WorkerProcess } from "./worker-process.ts";

// A script gets here by doing harm; it shall not fill this process's memory with its requests too.
const REQUESTS_MAX = 32;
const IDLE_MS_MAX = 60_000;

export interface OwnLaneDeps {
  readonly instance: number;
  readonly start: (
    onMessage: (worker: WorkerProcess, message: WorkerMessage) => void,
    onDeath: (worker: WorkerProcess, death: WorkerDeath) => void,
  ) => WorkerProcess;
  /** Sends the worker all that it needs to bring the instance to life; false when that cannot be had. */
  readonly provision: (worker: WorkerProcess) => Promise<boolean>;
  readonly onHarm: (harm: Harm) => void;
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
  /** The process is gone and nothing is owed any more. */
  readonly onGone: () => void;
}

interface Relay {
  readonly request: FlatRequest;
  readonly options: DispatchOptions;
  readonly settle: (outcome: DispatchOutcome) => void;
}

/** A worker process with a single script in it, one that has cost others their worker. Requests come by messages. */
export class OwnLane {
  readonly #deps: OwnLaneDeps;
  readonly #process: WorkerProcess;
  readonly #waiting: Relay[] = [];
  readonly #inFlight = new Map<number, Relay>();
  #isServing = false;
  #lastCall = 0;
  #idle: NodeJS.Timeout | null = null;

  constructor(deps: OwnLaneDeps) {
    this.#deps = deps;
    this.#process = deps.start(
      (_worker, message) => {
        this.#receive(message);
      },
      (_worker, death) => {
        this.#onDeath(death);
      },
    );
    this.#rest();
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

  stop(): void {
    this.#process.kill("stopped");
  }

  #send(relay: Relay): void {
    this.#lastCall += 1;
    const { request, options } = relay;
    this.#inFlight.set(this.#lastCall, relay);
    const { instance } = this.#deps;
    this.#process.send({ type: "dispatch", call: this.#lastCall, instance, request, options });
  }

  async #provision(): Promise<void> {
    if (!(await this.#deps.provision(this.#process))) this.stop();
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case "ready":
        void this.#provision();
        return;
      case "provisioned":
        this.#isServing = true;
        for (const relay of this.#waiting.splice(0)) this.#send(relay);
        return;
      case "provisionFailed":
      case "need":
        this.stop();
        return;
      case "dispatched":
        this.#inFlight.get(message.call)?.settle(message.outcome);
        this.#inFlight.delete(message.call);
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
      case "warming":
      case "routesActive":
      case "retired":
      case "closed":
      case "relay":
      case "problem":
      case "drained":
        return;
      default:
        assertNever(message);
    }
  }

  #onDeath({ cause }: WorkerDeath): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    for (const { settle } of this.#inFlight.values()) settle(failed("worker_restarted"));
    for (const { settle } of this.#waiting.splice(0)) settle(failed("not_ready"));
    this.#inFlight.clear();
    const harm = harmOf(cause);
    if (harm !== null) this.#deps.onHarm(harm);
    this.#deps.onGone();
  }

  #rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.stop();
    }, IDLE_MS_MAX);
    this.#idle.unref();
  }
}

/** What a worker's end says of the script that was running; null when it says nothing. */
export function harmOf(cause: WorkerDeath["cause"]): Harm | null {
  switch (cause) {
    case "hung":
      return "hung";
    case "overMemory":
      return "overMemory";
    case "exited":
      return "crash";
    case "starved":
    case "stopped":
      return null;
    default:
      return assertNever(cause);
  }
}

function failed(code: DispatchFailureCode): DispatchOutcome {
  return { kind: "failure", code, message: "the script's own process cannot answer" };
}
