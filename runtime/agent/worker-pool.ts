import type { Logger } from "pino";
import type { RevisionSettings, WorkersReport } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import type { EgressTarget } from "../isolates/egress-policy.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type {
  AgentMessage,
  InstanceSnapshot,
  InstanceStanding,
  WorkerMessage,
  WorkerRoute,
  WorkerSetup,
} from "../worker-messages.ts";
import { longestTurnMs } from "../turn-wall-ms.ts";
import type { ConductBook } from "./conduct-book.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { HARM_TEXTS } from "./harm-texts.ts";
import { KernelKills } from "./kernel-kills.ts";
import type { InstanceMaterial } from "./instance-material.ts";
import { LaneCalls } from "./lane-calls.ts";
import { loadInstance } from "./load-instance.ts";
import type { Member } from "./member.ts";
import { OwnLanes } from "./own-lanes.ts";
import type { Placed } from "./placed.ts";
import { LOST, type ProvisionOutcome } from "./provision-outcome.ts";
import type { Harm } from "./quarantine.ts";
import { RoutesInForce } from "./routes-in-force.ts";
import { SnapshotAsks } from "./snapshot-asks.ts";
import { StandIn } from "./stand-in.ts";
import { harmOf, suspectsOf } from "./worker-end.ts";
import { WorkerProcess, type WorkerDeath, type WorkerProcessDeps } from "./worker-process.ts";

// A worker that cannot even start must not take the machine.
const RESPAWN_STEP_MS = 100;
const RESPAWN_STEPS_MAX = 10;
const SNAPSHOT_EVERY_MS = 500;
const RETIRE_SLACK_MS = 1000;
// Below what the watch over workers takes for a hang.
const SHARED_TURN_CPU_MS_MAX = 500;
const SHARED_HUNG_CPU_MS = 800;
// Of its memory bound; above it a worker lets go of what nobody uses.
const EVICT_ABOVE = 0.7;
const EVICT_SHARE = 0.1;
// A script's own process: what the process takes itself, and the script's limit twice, as none is kept to the byte.
const LANE_BASE_MB = 192;
const LANE_LIMITS = 2;

export interface WorkerPoolDeps extends Pick<WorkerProcessDeps, "program" | "folder" | "rssMbMax"> {
  readonly setup: Omit<WorkerSetup, "turnCpuMsMax" | "isOwnLane">;
  readonly workers: number;
  readonly keeper: ConnectionKeeper;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Reads again what an instance needs; null when it cannot be had now. */
  readonly readMaterial: (identity: InstanceIdentity) => Promise<InstanceMaterial | null>;
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
  /** What that worker held is held no more. */
  readonly onWorkerGone: (worker: number) => void;
  readonly conduct: ConductBook;
  readonly onProblem: (code: string, message: string) => void;
  /** Something that the report shows has changed. */
  readonly onChange: () => void;
}

/** The workers of a node: it keeps as many as it was told, and each with all that is to serve. */
export class WorkerPool {
  readonly #deps: WorkerPoolDeps;
  readonly #members = new Set<Member>();
  readonly #placed = new Map<number, Placed>();
  readonly #ownLanes: OwnLanes;
  readonly #laneCalls = new LaneCalls();
  readonly #kernelKills = new KernelKills();
  readonly #standIn = new StandIn(() => this.#startMember(false));
  readonly #asks = new SnapshotAsks();
  readonly #routes = new RoutesInForce((identity) => this.standingOf(identity));
  #egress: Extract<AgentMessage, { type: "egress" }> = { type: "egress", fleetAllow: [], denied: [] };
  #keys: readonly string[] = [];
  #waitingForWorker: (() => void)[] = [];
  readonly #asking: NodeJS.Timeout;
  #lastNumber = 0;
  #lastWorker = 0;
  #isStopping = false;
  #deaths = 0;
  /** Workers in a row that were gone before they were ready. */
  #failedStarts = 0;

  constructor(deps: WorkerPoolDeps) {
    this.#deps = deps;
    this.#ownLanes = this.#makeOwnLanes();
    for (let count = 0; count < deps.workers; count += 1) this.#spawn();
    this.#asking = setInterval(() => {
      this.#evict();
      this.#kernelKills.look(performance.now());
      this.#ownLanes.keepWithinMemory();
      this.#ownLanes.askSnapshots();
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
    const standing = this.standingOf(material.identity);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    if (standing.quarantinedUntilMs > this.#deps.nowMs()) return { number, outcome: HELD_BACK };
    const placed: Placed = { number, identity: material.identity, settings, isServing: false };
    this.#placed.set(number, placed);
    const outcomes =
      standing.lane === "own"
        ? [await this.#ownLanes.provision(placed)]
        : await this.#provisionInAll(number, material, signal, onWarming);
    const bad = outcomes.find((outcome) => !outcome.ok);
    const warmupMs = Math.max(0, ...outcomes.map((outcome) => (outcome.ok ? outcome.warmupMs : 0)));
    placed.isServing = bad === undefined;
    if (bad !== undefined) void this.retire(number, 0);
    return { number, outcome: bad ?? { ok: true, warmupMs } };
  }

  /** In one worker first: what brings a worker down by being loaded is not to have them all. */
  async #provisionInAll(
    number: number,
    material: InstanceMaterial,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<ProvisionOutcome[]> {
    await this.#someWorker();
    const [first, ...others] = this.#ready();
    if (first === undefined) return [LOST];
    const input = { number, material, onWarming, signal };
    const tried = await loadInstance(first, input);
    if (!tried.ok) return [tried];
    const outcomes = others.map(async (member) => loadInstance(member, input));
    return [tried, ...(await Promise.all(outcomes))];
  }

  /** Settles when no worker has the instance any more. */
  async retire(number: number, drainMs: number): Promise<void> {
    this.#placed.delete(number);
    this.#ownLanes.stop(number);
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
    this.#broadcast(this.#routes.replace(routes, hasDocument));
    if (this.#ready().length > 0) await this.#routes.followed();
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
    await this.#asks.ask(this.#ready().map(({ process }) => process));
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
    this.#standIn.dismiss();
    this.#ownLanes.stopAll();
    this.#deps.keeper.destroyAll();
  }

  #spawn(isCautious = false): void {
    this.#members.add(this.#startMember(isCautious));
  }

  #startMember(isCautious: boolean): Member {
    const member: Member = {
      process: this.#startProcess(
        { turnCpuMsMax: SHARED_TURN_CPU_MS_MAX, isOwnLane: false },
        {
          rssMbMax: this.#deps.rssMbMax,
          hungCpuMs: SHARED_HUNG_CPU_MS,
          turnMsMax: longestTurnMs(SHARED_TURN_CPU_MS_MAX),
        },
        {
          onMessage: (_process, message) => {
            this.#receive(member, message);
          },
          onDeath: (_process, death) => {
            this.#onDeath(member, death);
          },
          onSuspicion: () => {
            if (!this.#isStopping) this.#standIn.call();
          },
        },
      ),
      provisioning: new Map(),
      comingBack: new Set(),
      retiring: new Map(),
      heapBytes: new Map(),
      routesActive: 0,
      turn: isCautious ? Promise.resolve() : null,
    };
    return member;
  }

  #startProcess(
    lane: Pick<WorkerSetup, "turnCpuMsMax" | "isOwnLane">,
    bounds: Pick<WorkerProcessDeps, "rssMbMax" | "hungCpuMs" | "turnMsMax">,
    on: Pick<WorkerProcessDeps, "onMessage" | "onDeath" | "onSuspicion">,
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
      case "called":
        this.#laneCalls.settle(message.call, message.answer);
        return;
      case "dispatched":
      case "call":
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
    if (!this.#members.has(member)) return;
    const { process } = member;
    process.send(this.#egress);
    process.send({ type: "keys", pems: this.#keys });
    process.send(this.#routes.asItStands());
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
    // A request may ask for what comes back by itself: it shall not come twice.
    if (placed === undefined || member.comingBack.has(number) || member.provisioning.has(number)) return;
    member.comingBack.add(number);
    await this.#provisionAgain(member, placed);
    member.comingBack.delete(number);
  }

  async #provisionAgain(member: Member, { number, identity }: Placed): Promise<void> {
    const material = await this.#deps.readMaterial(identity);
    if (material === null) {
      member.process.send({ type: "unavailable", instance: number });
      return;
    }
    const outcome = await loadInstance(member, { number, material, onWarming: () => {}, signal: null });
    if (outcome.ok) return;
    const { script, version } = identity;
    this.#deps.onProblem(outcome.code, `${script}@${version} did not come back: ${outcome.message}`);
  }

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
      this.#ownLanes.stop(placed.number);
    }
    this.#deps.onChange();
  }

  #relay(
    member: Member,
    { call, instance, request, options }: Extract<WorkerMessage, { type: "relay" }>,
  ): void {
    this.#ownLanes.relay(this.#placed.get(instance), {
      request,
      options,
      settle: (outcome) => {
        member.process.send({ type: "relayed", call, outcome });
      },
    });
  }

  #makeOwnLanes(): OwnLanes {
    const { rssMbMax, onSnapshot, readMaterial } = this.#deps;
    return new OwnLanes({
      rssMbMax,
      start: ({ settings }, onMessage, onDeath) => {
        const { cpuMs, memoryMb } = settings.limits;
        return this.#startProcess(
          { turnCpuMsMax: cpuMs, isOwnLane: true },
          {
            rssMbMax: Math.min(rssMbMax, LANE_BASE_MB + memoryMb * LANE_LIMITS),
            hungCpuMs: cpuMs + SHARED_HUNG_CPU_MS,
            turnMsMax: longestTurnMs(cpuMs),
          },
          {
            onMessage,
            onDeath: (process, death) => {
              this.#deps.onWorkerGone(process.number);
              onDeath(process, death);
            },
            onSuspicion: () => {},
          },
        );
      },
      provision: async ({ number, identity }, process) => {
        process.send(this.#egress);
        const material = await readMaterial(identity);
        if (material === null) return false;
        process.send({ type: "provision", instance: number, ...material });
        return true;
      },
      onHarm: (number, harm) => {
        this.#harm(number, harm);
      },
      callScript: async (name, request) =>
        this.#laneCalls.call(this.#ready()[0]?.process ?? null, name, request),
      onSnapshot,
    });
  }

  /** What nobody has used for longest makes room, and comes back when somebody asks for it. */
  #evict(): void {
    const count = Math.max(1, Math.ceil(this.#placed.size * EVICT_SHARE));
    for (const { process } of this.#ready()) {
      if (process.rssMb > this.#deps.rssMbMax * EVICT_ABOVE) process.send({ type: "evict", count });
    }
  }

  #settleRoutes(): void {
    this.#routes.settle(Math.min(...this.#ready().map(({ routesActive }) => routesActive)));
  }

  #onSnapshots(member: Member, ask: number, instances: readonly InstanceSnapshot[]): void {
    member.heapBytes = new Map(instances.map(({ instance, gauges }) => [instance, gauges.heapBytes ?? 0]));
    for (const snapshot of instances) this.#deps.onSnapshot(member.process.number, snapshot);
    this.#asks.settle(ask);
  }

  #onDeath(member: Member, death: WorkerDeath): void {
    this.#standIn.forget(member);
    if (!this.#members.delete(member)) return;
    if (!this.#isStopping) this.#replace(member, death);
    this.#deps.keeper.onDeath(member.process, death);
    this.#deps.onWorkerGone(member.process.number);
    this.#laneCalls.lose(member.process);
    for (const { settle } of member.provisioning.values()) settle(LOST);
    for (const settle of member.retiring.values()) settle();
    this.#settleRoutes();
  }

  #replace(member: Member, death: WorkerDeath): void {
    const { process, provisioning } = member;
    const { end } = death;
    this.#deaths += 1;
    this.#failedStarts = process.hasBeenReady ? 0 : this.#failedStarts + 1;
    const suspects = suspectsOf(end, death, this.#hoardersOf(member), [...provisioning.keys()]);
    const [guilty = 0] = suspects.length === 1 ? suspects : [];
    const identity = this.#placed.get(guilty)?.identity ?? null;
    this.#deps.logger.warn({ end, guilty: identity }, "a worker is gone and another takes its place");
    const name =
      identity === null ? "no script is known to be at fault" : `${identity.script}@${identity.version}`;
    this.#deps.onProblem("worker_restarted", `a worker is gone (${end}): ${name}`);
    const harm = harmOf(end);
    if (harm !== null) for (const suspect of suspects) this.#harm(suspect, guilty === 0 ? "suspected" : harm);
    if (end === "hung" && guilty !== 0) this.#endWhatHangsBy(guilty);
    this.#fillUp(suspects.length > 1);
  }

  /** Those that held more when they last told than their limit says. */
  #hoardersOf({ heapBytes }: Member): number[] {
    return [...heapBytes.keys()].filter((number) => {
      const limitMb = this.#placed.get(number)?.settings.limits.memoryMb ?? Infinity;
      return (heapBytes.get(number) ?? 0) > limitMb * 1024 * 1024;
    });
  }

  /** One that hangs by what another just hung by need not be watched any longer. */
  #endWhatHangsBy(instance: number): void {
    for (const { process } of this.#ready())
      if (process.isSilent && process.running() === instance) process.kill("hung");
  }

  #fillUp(isCautious: boolean): void {
    const standIn = isCautious ? null : this.#standIn.take();
    if (standIn !== null) {
      this.#members.add(standIn);
      if (standIn.process.isReady) this.#onReady(standIn);
      return;
    }
    setTimeout(
      () => {
        if (!this.#isStopping) this.#spawn(isCautious);
      },
      RESPAWN_STEP_MS * Math.min(this.#failedStarts, RESPAWN_STEPS_MAX),
    ).unref();
  }
}

const HELD_BACK: ProvisionOutcome = {
  ok: false,
  kind: "transient",
  code: "quarantined",
  message: "the revision harmed the node and is held back for a while",
};
