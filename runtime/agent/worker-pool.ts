import type { Logger } from "pino";
import type { RevisionSettings, WorkersReport } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import type { EgressTarget } from "../isolates/egress-policy.ts";
import type { DispatchOutcome, InstanceIdentity } from "../isolates/script-instance.ts";
import type {
  AgentMessage,
  InstanceSnapshot,
  InstanceStanding,
  WorkerMessage,
  WorkerRoute,
  WorkerSetup,
} from "../worker-messages.ts";
import type { ConductBook } from "./conduct-book.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { harmOf, OwnLane } from "./own-lane.ts";
import type { Harm } from "./quarantine.ts";
import { WorkerProcess, type WorkerDeath, type WorkerProcessDeps } from "./worker-process.ts";

const RESPAWN_MS_MIN = 20;
const RESPAWN_STEPS_MAX = 10;
const ACTIVATE_MS_MAX = 2000;
const SNAPSHOT_EVERY_MS = 500;
const SNAPSHOT_MS_MAX = 250;
const RETIRE_SLACK_MS = 1000;
// Loading is cut off after 5 s; what goes on after that cannot be stopped but by ending its worker.
const LOAD_MS_MAX = 8000;
// Scripts with a process of their own; further ones stay in quarantine until one of these is idle.
const OWN_LANES_MAX = 4;
// Below what the watch over workers takes for a hang.
const SHARED_TURN_CPU_MS_MAX = 500;
const SHARED_HUNG_CPU_MS = 800;
// Of its memory bound; above it a worker lets go of what nobody uses.
const EVICT_ABOVE = 0.7;
const EVICT_SHARE = 0.1;

/** What a worker needs to bring an instance to life. */
export interface InstanceMaterial {
  readonly identity: InstanceIdentity;
  readonly text: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly codeCache: string | null;
}

export type ProvisionOutcome =
  | { readonly ok: true; readonly warmupMs: number }
  | {
      readonly ok: false;
      readonly kind: "transient" | "terminal";
      readonly code: string;
      readonly message: string;
    };

export interface WorkerPoolDeps extends Pick<WorkerProcessDeps, "program" | "folder" | "rssMbMax"> {
  readonly setup: Omit<WorkerSetup, "turnCpuMsMax" | "isOwnLane">;
  readonly workers: number;
  readonly keeper: ConnectionKeeper;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Reads again what an instance needs; null when it cannot be had now. */
  readonly readMaterial: (identity: InstanceIdentity) => Promise<InstanceMaterial | null>;
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
  readonly conduct: ConductBook;
  readonly onProblem: (code: string, message: string) => void;
  /** Something that the report shows has changed. */
  readonly onChange: () => void;
}

/** An instance that the pool keeps alive in each of its workers. */
interface Placed {
  readonly number: number;
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  /** False until it was provisioned for the first time. */
  isServing: boolean;
}

interface Provisioning {
  readonly settle: (outcome: ProvisionOutcome) => void;
  readonly onWarming: () => void;
}

/** One worker with what is under way in it. */
interface Member {
  readonly process: WorkerProcess;
  readonly provisioning: Map<number, Provisioning>;
  readonly retiring: Map<number, () => void>;
  routesActive: number;
  /** The provisioning before, when they go one at a time to find the one that brings workers down. */
  turn: Promise<unknown> | null;
}

/** The workers of a node: it keeps as many as it was told, and each with all that is to serve. */
export class WorkerPool {
  readonly #deps: WorkerPoolDeps;
  readonly #members = new Set<Member>();
  readonly #placed = new Map<number, Placed>();
  readonly #ownLanes = new Map<number, OwnLane>();
  readonly #snapshotAsks = new Map<number, { left: number; settle: () => void }>();
  #routes: Extract<AgentMessage, { type: "routes" }> = {
    type: "routes",
    generation: 0,
    hasDocument: false,
    routes: [],
  };
  #egress: Extract<AgentMessage, { type: "egress" }> = { type: "egress", fleetAllow: [], denied: [] };
  #keys: readonly string[] = [];
  #waitingForRoutes: { generation: number; settle: () => void }[] = [];
  #waitingForWorker: (() => void)[] = [];
  readonly #asking: NodeJS.Timeout;
  #lastNumber = 0;
  #lastWorker = 0;
  #lastAsk = 0;
  #isStopping = false;
  #deaths = 0;

  constructor(deps: WorkerPoolDeps) {
    this.#deps = deps;
    for (let count = 0; count < deps.workers; count += 1) this.#spawn();
    this.#asking = setInterval(() => {
      this.#evict();
      for (const lane of this.#ownLanes.values()) lane.askSnapshot();
      void this.askSnapshots();
    }, SNAPSHOT_EVERY_MS);
    this.#asking.unref();
  }

  report(): WorkersReport {
    const ready = this.#ready();
    const memoryMb = ready.reduce((sum, { process }) => sum + process.rssMb, 0);
    return { running: ready.length, restarts: this.#deaths, memoryMb: Math.round(memoryMb) };
  }

  /** Brings an instance to life in every worker; its number is what routes name it by. */
  async provision(
    material: InstanceMaterial,
    settings: RevisionSettings,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<{ readonly number: number; readonly outcome: ProvisionOutcome }> {
    await this.#someWorker();
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const placed: Placed = { number, identity: material.identity, settings, isServing: false };
    this.#placed.set(number, placed);
    const outcomes = await Promise.all(
      this.#ready().map(async (member) => this.#provisionIn(member, number, material, onWarming, signal)),
    );
    const bad = outcomes.find((outcome) => !outcome.ok);
    const warmupMs = Math.max(0, ...outcomes.map((outcome) => (outcome.ok ? outcome.warmupMs : 0)));
    placed.isServing = bad === undefined;
    if (bad !== undefined) void this.retire(number, 0);
    return { number, outcome: bad ?? { ok: true, warmupMs } };
  }

  /** Settles when no worker has the instance any more. */
  async retire(number: number, drainMs: number): Promise<void> {
    this.#placed.delete(number);
    this.#ownLanes.get(number)?.stop();
    const members = this.#ready();
    const gone = members.map(
      async ({ process, retiring }) =>
        new Promise<void>((resolve) => {
          retiring.set(number, resolve);
          setTimeout(resolve, drainMs + RETIRE_SLACK_MS).unref();
          process.send({ type: "retire", instance: number, drainMs });
        }),
    );
    await Promise.all(gone);
    for (const { retiring } of members) retiring.delete(number);
  }

  /** Settles when every worker follows the new table. */
  async activate(routes: readonly WorkerRoute[], hasDocument: boolean): Promise<void> {
    const generation = this.#routes.generation + 1;
    this.#routes = { type: "routes", generation, hasDocument, routes };
    this.#broadcast(this.#routes);
    if (this.#ready().length === 0) return;
    await new Promise<void>((settle) => {
      this.#waitingForRoutes.push({ generation, settle });
      setTimeout(settle, ACTIVATE_MS_MAX).unref();
    });
  }

  setEgress(fleetAllow: readonly string[], denied: readonly EgressTarget[]): void {
    this.#egress = { type: "egress", fleetAllow, denied };
    this.#broadcast(this.#egress);
  }

  setTrustedKeys(pems: readonly string[]): void {
    this.#keys = pems;
    this.#broadcast({ type: "keys", pems });
  }

  /** Has every worker tell its numbers; settles when they are in, or a busy worker kept them too long. */
  async askSnapshots(): Promise<void> {
    const members = this.#ready();
    if (members.length === 0) return;
    this.#lastAsk += 1;
    const ask = this.#lastAsk;
    await new Promise<void>((settle) => {
      this.#snapshotAsks.set(ask, { left: members.length, settle });
      setTimeout(settle, SNAPSHOT_MS_MAX).unref();
      for (const { process } of members) process.send({ type: "snapshot", ask });
    });
    this.#snapshotAsks.delete(ask);
  }

  /** Lets the requests in flight end, for at most `drainMs`, then ends all workers. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#asking);
    const drained = this.#ready().map(
      async ({ process, retiring }) =>
        new Promise<void>((resolve) => {
          // The number 0 stands for the worker as a whole.
          retiring.set(0, resolve);
          process.send({ type: "drain" });
        }),
    );
    await Promise.race([
      Promise.all(drained),
      new Promise<void>((resolve) => {
        setTimeout(resolve, drainMs).unref();
      }),
    ]);
    await this.askSnapshots();
    for (const { process } of this.#members) process.kill("stopped");
    for (const lane of this.#ownLanes.values()) lane.stop();
    this.#deps.keeper.destroyAll();
  }

  #spawn(isCautious = false): void {
    const member: Member = {
      process: this.#startProcess(
        { turnCpuMsMax: SHARED_TURN_CPU_MS_MAX, isOwnLane: false },
        SHARED_HUNG_CPU_MS,
        (_process, message) => {
          this.#receive(member, message);
        },
        (_process, death) => {
          this.#onDeath(member, death);
        },
      ),
      provisioning: new Map(),
      retiring: new Map(),
      routesActive: 0,
      turn: isCautious ? Promise.resolve() : null,
    };
    this.#members.add(member);
  }

  #startProcess(
    lane: Pick<WorkerSetup, "turnCpuMsMax" | "isOwnLane">,
    hungCpuMs: number,
    onMessage: WorkerProcessDeps["onMessage"],
    onDeath: WorkerProcessDeps["onDeath"],
  ): WorkerProcess {
    this.#lastWorker += 1;
    const { program, setup, folder, rssMbMax } = this.#deps;
    return new WorkerProcess(this.#lastWorker, {
      program,
      setup: { ...setup, ...lane },
      folder,
      rssMbMax,
      hungCpuMs,
      onMessage,
      onDeath,
    });
  }

  #ready(): Member[] {
    return [...this.#members].filter(({ process }) => process.isReady);
  }

  #broadcast(message: AgentMessage): void {
    for (const { process } of this.#ready()) process.send(message);
  }

  async #someWorker(): Promise<void> {
    while (this.#ready().length === 0 && !this.#isStopping) {
      await new Promise<void>((resolve) => {
        this.#waitingForWorker.push(resolve);
      });
    }
  }

  #receive(member: Member, message: WorkerMessage): void {
    switch (message.type) {
      case "ready":
        this.#onReady(member);
        return;
      case "heartbeat":
        return;
      case "warming":
        member.provisioning.get(message.instance)?.onWarming();
        return;
      case "provisioned":
        member.provisioning.get(message.instance)?.settle({ ok: true, warmupMs: message.warmupMs });
        return;
      case "provisionFailed": {
        const { kind, code, message: text } = message;
        member.provisioning.get(message.instance)?.settle({ ok: false, kind, code, message: text });
        return;
      }
      case "routesActive":
        member.routesActive = message.generation;
        this.#settleRoutes();
        return;
      case "need":
        void this.#bringBack(member, message.instance);
        return;
      case "strike":
        this.#harm(message.instance, message.strike);
        return;
      case "relay":
        this.#relay(member, message);
        return;
      case "dispatched":
        return;
      case "retired":
        member.retiring.get(message.instance)?.();
        return;
      case "snapshot":
        this.#onSnapshots(member, message.ask, message.instances);
        return;
      case "closed":
        this.#deps.keeper.onClosed(member.process, message.slots);
        return;
      case "problem":
        this.#deps.onProblem(message.code, message.message);
        return;
      case "drained":
        member.retiring.get(0)?.();
        return;
      default:
        assertNever(message);
    }
  }

  #onReady(member: Member): void {
    const { process } = member;
    process.send(this.#egress);
    process.send({ type: "keys", pems: this.#keys });
    process.send({ ...this.#routes, routes: this.#routes.routes.map(this.#asItStands) });
    this.#deps.keeper.addWorker(process);
    for (const waiting of this.#waitingForWorker.splice(0)) waiting();
    void this.#bringAllBack(member);
  }

  /** One after the other; what a request waits for is asked for on its own. */
  async #bringAllBack(member: Member): Promise<void> {
    for (const { number, identity, isServing } of Array.from(this.#placed.values())) {
      if (!isServing || !member.process.isReady) continue;
      const { lane, quarantinedUntilMs } = this.standingOf(identity);
      // One in quarantine comes back when a request asks for it.
      if (lane === "shared" && quarantinedUntilMs <= this.#deps.nowMs())
        await this.#bringBack(member, number);
    }
  }

  async #bringBack(member: Member, number: number): Promise<void> {
    const placed = this.#placed.get(number);
    if (placed === undefined || member.provisioning.has(number)) return;
    const material = await this.#deps.readMaterial(placed.identity);
    if (material === null) {
      member.process.send({ type: "unavailable", instance: number });
      return;
    }
    const outcome = await this.#provisionIn(member, number, material, () => {}, null);
    if (outcome.ok) return;
    const { script, version } = placed.identity;
    this.#deps.onProblem(outcome.code, `${script}@${version} did not come back: ${outcome.message}`);
  }

  async #provisionIn(
    member: Member,
    number: number,
    { identity, text, secrets, codeCache }: InstanceMaterial,
    onWarming: () => void,
    signal: AbortSignal | null,
  ): Promise<ProvisionOutcome> {
    const before = member.turn;
    const provisioning = (before ?? Promise.resolve()).then(
      async () =>
        new Promise<ProvisionOutcome>((settle) => {
          const loading = setTimeout(() => {
            this.#harm(number, "hung");
            member.process.kill("hung");
          }, LOAD_MS_MAX);
          member.provisioning.set(number, {
            settle: (outcome) => {
              clearTimeout(loading);
              settle(outcome);
            },
            onWarming: () => {
              clearTimeout(loading);
              onWarming();
            },
          });
          signal?.addEventListener("abort", () => {
            clearTimeout(loading);
            settle({ ok: false, kind: "transient", code: "superseded", message: "a newer document came" });
          });
          if (member.process.isReady)
            member.process.send({ type: "provision", instance: number, identity, text, secrets, codeCache });
          else member.provisioning.get(number)?.settle(LOST);
        }),
    );
    if (before !== null) member.turn = provisioning;
    const outcome = await provisioning;
    member.provisioning.delete(number);
    return outcome;
  }

  /** The table was made when the last document came; what scripts have done since then counts as well. */
  readonly #asItStands = (route: WorkerRoute): WorkerRoute => {
    const variants = route.variants.map((variant) => {
      if (variant.target === null) return variant;
      const { script, version } = route;
      const { role, digest, target } = variant;
      return {
        ...variant,
        target: { ...target, standing: this.standingOf({ script, version, role, digest }) },
      };
    });
    return { ...route, variants };
  };

  standingOf(identity: InstanceIdentity): InstanceStanding {
    return this.#deps.conduct.standingOf(identity);
  }

  #harm(number: number, harm: Harm): void {
    const identity = this.#placed.get(number)?.identity;
    if (identity === undefined) return;
    const isNewlyQuarantined = this.#deps.conduct.record(identity, harm);
    this.#deps.logger.warn({ ...identity, harm, isNewlyQuarantined }, "a script did harm");
    const { script, version, digest } = identity;
    this.#deps.onProblem(
      isNewlyQuarantined ? "script_quarantined" : "script_strike",
      `${script}@${version} ${digest.slice(0, 19)}: ${HARM_TEXTS[harm]}`,
    );
    if (!isNewlyQuarantined) return;
    for (const placed of Array.from(this.#placed.values())) {
      const { identity: other } = placed;
      if (other.script !== script || other.version !== version || other.digest !== digest) continue;
      this.#broadcast({ type: "standing", instance: placed.number, standing: this.standingOf(other) });
      this.#ownLanes.get(placed.number)?.stop();
    }
    this.#deps.onChange();
  }

  #relay(
    member: Member,
    { call, instance, request, options }: Extract<WorkerMessage, { type: "relay" }>,
  ): void {
    const settle = (outcome: DispatchOutcome): void => {
      member.process.send({ type: "relayed", call, outcome });
    };
    const placed = this.#placed.get(instance);
    if (placed === undefined || (!this.#ownLanes.has(instance) && this.#ownLanes.size >= OWN_LANES_MAX)) {
      settle({
        kind: "failure",
        code: "overloaded",
        message: "too many scripts need a process of their own",
      });
      return;
    }
    const lane = this.#ownLanes.get(instance) ?? this.#openLane(placed);
    lane.relay({ request, options, settle });
  }

  #openLane({ number, identity, settings }: Placed): OwnLane {
    const { cpuMs } = settings.limits;
    const lane = new OwnLane({
      instance: number,
      start: (onMessage, onDeath) =>
        this.#startProcess(
          { turnCpuMsMax: cpuMs, isOwnLane: true },
          cpuMs + SHARED_HUNG_CPU_MS,
          onMessage,
          onDeath,
        ),
      provision: async (process) => {
        process.send(this.#egress);
        const material = await this.#deps.readMaterial(identity);
        if (material === null) return false;
        process.send({ type: "provision", instance: number, ...material });
        return true;
      },
      onHarm: (harm) => {
        this.#harm(number, harm);
      },
      onSnapshot: this.#deps.onSnapshot,
      onGone: () => {
        this.#ownLanes.delete(number);
      },
    });
    this.#ownLanes.set(number, lane);
    return lane;
  }

  /** What nobody has used for longest makes room, and comes back when somebody asks for it. */
  #evict(): void {
    const count = Math.max(1, Math.ceil(this.#placed.size * EVICT_SHARE));
    for (const { process } of this.#ready()) {
      if (process.rssMb > this.#deps.rssMbMax * EVICT_ABOVE) process.send({ type: "evict", count });
    }
  }

  #settleRoutes(): void {
    const oldest = Math.min(...this.#ready().map(({ routesActive }) => routesActive));
    this.#waitingForRoutes = this.#waitingForRoutes.filter(({ generation, settle }) => {
      if (generation <= oldest) settle();
      return generation > oldest;
    });
  }

  #onSnapshots(member: Member, ask: number, instances: readonly InstanceSnapshot[]): void {
    for (const snapshot of instances) this.#deps.onSnapshot(member.process.number, snapshot);
    const waiting = this.#snapshotAsks.get(ask);
    if (waiting === undefined) return;
    waiting.left -= 1;
    if (waiting.left === 0) waiting.settle();
  }

  #onDeath(member: Member, death: WorkerDeath): void {
    this.#members.delete(member);
    if (!this.#isStopping) this.#respawn(member, death);
    this.#deps.keeper.onDeath(member.process, death);
    for (const { settle } of member.provisioning.values()) settle(LOST);
    for (const settle of member.retiring.values()) settle();
    this.#settleRoutes();
  }

  #respawn({ provisioning }: Member, { cause, running }: WorkerDeath): void {
    this.#deaths += 1;
    const suspects = running === 0 ? [...provisioning.keys()] : [running];
    const guilty = suspects.length === 1 ? (suspects[0] ?? 0) : 0;
    const identity = this.#placed.get(guilty)?.identity ?? null;
    this.#deps.logger.warn({ cause, guilty: identity }, "a worker is gone and another takes its place");
    const name =
      identity === null ? "no script is known to be at fault" : `${identity.script}@${identity.version}`;
    this.#deps.onProblem("worker_restarted", `a worker is gone (${cause}): ${name}`);
    const harm = harmOf(cause);
    if (guilty !== 0 && harm !== null) this.#harm(guilty, harm);
    setTimeout(
      () => {
        if (!this.#isStopping) this.#spawn(suspects.length > 1);
      },
      // A worker that cannot even start must not take the machine.
      RESPAWN_MS_MIN * Math.min(this.#deaths - 1, RESPAWN_STEPS_MAX),
    ).unref();
  }
}

const LOST: ProvisionOutcome = {
  ok: false,
  kind: "transient",
  code: "worker_restarted",
  message: "the worker died in the middle of it",
};

const HARM_TEXTS: Readonly<Record<Harm, string>> = {
  cpu: "a turn of it had to be cut off",
  memory: "it went over its memory limit",
  garbled: "it broke its own sandbox",
  background: "it had to be cut off while no request of its was open",
  hung: "it could not be stopped, so its worker was ended",
  crash: "its worker crashed while it ran",
  overMemory: "its worker grew over its memory bound while it ran",
};
