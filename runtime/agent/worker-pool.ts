import type { Logger } from "pino";
import type { WorkersReport } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import type { EgressTarget } from "../isolates/egress-policy.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type {
  AgentMessage,
  InstanceSnapshot,
  InstanceStanding,
  WorkerMessage,
  WorkerRoute,
} from "../worker-messages.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { Crew } from "./crew.ts";
import { HARM_TEXTS } from "./harm-texts.ts";
import { LaneCalls } from "./lane-calls.ts";
import type { Member } from "./member.ts";
import { OwnLanes } from "./own-lanes.ts";
import { Placements, type PlacementsDeps } from "./placements.ts";
import { LOST } from "./provision-outcome.ts";
import type { Harm } from "./quarantine.ts";
import { RoutesInForce } from "./routes-in-force.ts";
import { SnapshotAsks } from "./snapshot-asks.ts";
import { harmOf, suspectsOf } from "./worker-end.ts";
import type { WorkerDeath } from "./worker-process.ts";
import { WorkerStarts, type WorkerStartsDeps } from "./worker-starts.ts";

const SNAPSHOT_EVERY_MS = 500;
// Of its memory bound; above it a worker lets go of what nobody uses.
const EVICT_ABOVE = 0.7;
const EVICT_SHARE = 0.1;

export interface WorkerPoolDeps
  extends WorkerStartsDeps, Pick<PlacementsDeps, "conduct" | "nowMs" | "readMaterial" | "onProblem"> {
  readonly workers: number;
  readonly keeper: ConnectionKeeper;
  readonly logger: Logger;
  readonly onSnapshot: (worker: number, snapshot: InstanceSnapshot) => void;
  /** What that worker held is held no more. */
  readonly onWorkerGone: (worker: number) => void;
  /** Something that the report shows has changed. */
  readonly onChange: () => void;
}

/** The workers of a node: it keeps as many as it was told, and each with all that is to serve. */
export class WorkerPool {
  readonly #deps: WorkerPoolDeps;
  readonly #starts: WorkerStarts;
  readonly #crew: Crew;
  readonly #ownLanes: OwnLanes;
  readonly #placements: Placements;
  readonly #laneCalls = new LaneCalls();
  readonly #asks = new SnapshotAsks();
  readonly #routes = new RoutesInForce((identity) => this.standingOf(identity));
  #egress: Extract<AgentMessage, { type: "egress" }> = { type: "egress", fleetAllow: [], denied: [] };
  #keys: readonly string[] = [];
  readonly #asking: NodeJS.Timeout;
  #deaths = 0;

  constructor(deps: WorkerPoolDeps) {
    this.#deps = deps;
    this.#starts = new WorkerStarts(deps);
    this.#crew = new Crew({
      starts: this.#starts,
      onMessage: (member, message) => {
        this.#receive(member, message);
      },
      onDeath: (member, death) => {
        this.#onDeath(member, death);
      },
      onStoodIn: (member) => {
        this.#onReady(member);
      },
    });
    this.#ownLanes = this.#makeOwnLanes();
    const { conduct, nowMs, readMaterial, onProblem } = deps;
    this.#placements = new Placements({
      crew: this.#crew,
      ownLanes: this.#ownLanes,
      conduct,
      nowMs,
      readMaterial,
      onProblem,
    });
    for (let count = 0; count < deps.workers; count += 1) this.#crew.spawn();
    this.#asking = setInterval(() => {
      this.#evict();
      this.#starts.look(performance.now());
      this.#ownLanes.keepWithinMemory();
      this.#ownLanes.askSnapshots();
      void this.askSnapshots();
    }, SNAPSHOT_EVERY_MS);
    this.#asking.unref();
  }

  report(): WorkersReport {
    const ready = this.#crew.ready();
    const memoryMb = ready.reduce((sum, { process }) => sum + process.rssMb, 0);
    return { running: ready.length, restarts: this.#deaths, memoryMb: Math.round(memoryMb) };
  }

  /** Brings an instance to life in every worker; its number is what routes name it by. */
  async provision(...input: Parameters<Placements["provision"]>): ReturnType<Placements["provision"]> {
    return this.#placements.provision(...input);
  }

  /** Settles when no worker has the instance any more. */
  async retire(number: number, drainMs: number): Promise<void> {
    return this.#placements.retire(number, drainMs);
  }

  /** Settles when every worker follows the new table. */
  async activate(routes: readonly WorkerRoute[], hasDocument: boolean): Promise<void> {
    this.#broadcast(this.#routes.replace(routes, hasDocument));
    if (this.#crew.ready().length > 0) await this.#routes.followed();
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
    await this.#asks.ask(this.#crew.ready().map(({ process }) => process));
  }

  /** Lets the requests in flight end, for at most `drainMs`, then ends all workers. */
  async stop(drainMs: number): Promise<void> {
    this.#crew.closeDown();
    clearInterval(this.#asking);
    const drained = this.#crew.ready().map(
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
    this.#crew.endAll();
    this.#ownLanes.stopAll();
    this.#deps.keeper.destroyAll();
  }

  #broadcast(message: AgentMessage): void {
    for (const { process } of this.#crew.ready()) process.send(message);
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
        void this.#placements.bringBack(member, message.instance);
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
    if (!this.#crew.has(member)) return;
    const { process } = member;
    process.send(this.#egress);
    process.send({ type: "keys", pems: this.#keys });
    process.send(this.#routes.asItStands());
    this.#deps.keeper.addWorker(process);
    this.#crew.tellReady();
    void this.#placements.bringAllBack(member);
  }

  standingOf(identity: InstanceIdentity): InstanceStanding {
    return this.#deps.conduct.standingOf(identity);
  }

  #harm(number: number, harm: Harm): void {
    const identity = this.#placements.get(number)?.identity;
    if (identity === undefined) return;
    const isNewlyQuarantined = this.#deps.conduct.record(identity, harm);
    this.#deps.logger.warn({ ...identity, harm, isNewlyQuarantined }, "a script did harm");
    const { script, version, digest } = identity;
    this.#deps.onProblem(
      isNewlyQuarantined ? "script_quarantined" : "script_strike",
      `${script}@${version} ${digest.slice(0, 19)}: ${HARM_TEXTS[harm]}`,
    );
    if (!isNewlyQuarantined) return;
    for (const { number: alike, identity: other } of this.#placements.ofRevision(identity)) {
      this.#broadcast({ type: "standing", instance: alike, standing: this.standingOf(other) });
      this.#ownLanes.stop(alike);
    }
    this.#deps.onChange();
  }

  #relay(
    member: Member,
    { call, instance, request, options }: Extract<WorkerMessage, { type: "relay" }>,
  ): void {
    this.#ownLanes.relay(this.#placements.get(instance), {
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
      start: ({ settings }, onMessage, onDeath) =>
        this.#starts.ownLane(settings.limits, {
          onMessage,
          onDeath: (process, death) => {
            this.#deps.onWorkerGone(process.number);
            onDeath(process, death);
          },
          onSuspicion: () => {},
        }),
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
        this.#laneCalls.call(this.#crew.ready()[0]?.process ?? null, name, request),
      onSnapshot,
    });
  }

  /** What nobody has used for longest makes room, and comes back when somebody asks for it. */
  #evict(): void {
    const count = Math.max(1, Math.ceil(this.#placements.size * EVICT_SHARE));
    for (const { process } of this.#crew.ready()) {
      if (process.rssMb > this.#deps.rssMbMax * EVICT_ABOVE) process.send({ type: "evict", count });
    }
  }

  #settleRoutes(): void {
    this.#routes.settle(Math.min(...this.#crew.ready().map(({ routesActive }) => routesActive)));
  }

  #onSnapshots(member: Member, ask: number, instances: readonly InstanceSnapshot[]): void {
    member.heapBytes = new Map(instances.map(({ instance, gauges }) => [instance, gauges.heapBytes ?? 0]));
    for (const snapshot of instances) this.#deps.onSnapshot(member.process.number, snapshot);
    this.#asks.settle(ask);
  }

  #onDeath(member: Member, death: WorkerDeath): void {
    if (!this.#crew.remove(member)) return;
    if (!this.#crew.isStopping) this.#replace(member, death);
    this.#deps.keeper.onDeath(member.process, death);
    this.#deps.onWorkerGone(member.process.number);
    this.#laneCalls.lose(member.process);
    for (const { settle } of member.provisioning.values()) settle(LOST);
    for (const settle of member.retiring.values()) settle();
    this.#settleRoutes();
  }

  #replace(member: Member, death: WorkerDeath): void {
    const { end } = death;
    this.#deaths += 1;
    const suspects = suspectsOf(end, death, this.#placements.hoardersIn(member), [
      ...member.provisioning.keys(),
    ]);
    const [guilty = 0] = suspects.length === 1 ? suspects : [];
    const identity = this.#placements.get(guilty)?.identity ?? null;
    this.#deps.logger.warn({ end, guilty: identity }, "a worker is gone and another takes its place");
    const name =
      identity === null ? "no script is known to be at fault" : `${identity.script}@${identity.version}`;
    this.#deps.onProblem("worker_restarted", `a worker is gone (${end}): ${name}`);
    const harm = harmOf(end);
    if (harm !== null) for (const suspect of suspects) this.#harm(suspect, guilty === 0 ? "suspected" : harm);
    if (end === "hung" && guilty !== 0) this.#endWhatHangsBy(guilty);
    this.#crew.replace(member, suspects.length > 1);
  }

  /** One that hangs by what another just hung by need not be watched any longer. */
  #endWhatHangsBy(instance: number): void {
    for (const { process } of this.#crew.ready())
      if (process.isSilent && process.running() === instance) process.kill("hung");
  }
}
