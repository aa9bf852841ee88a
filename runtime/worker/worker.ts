import { randomUUID, type KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { assertNever } from "../assert-never.ts";
import { Gateway } from "../gateway/gateway.ts";
import { buildRouteTable, type RouteTable } from "../gateway/route-table.ts";
import { OverrideReader } from "../gateway/override-header.ts";
import { planVersion, type Variant, type VersionPlan } from "../gateway/version-plan.ts";
import { readPublicKey } from "../sync/signatures.ts";
import { parseBundle } from "../isolates/bundle-format.ts";
import type { EgressTarget } from "../isolates/egress-policy.ts";
import { hostFetch, resolveByDns } from "../isolates/host-fetch.ts";
import { IsolateInstance, type InstanceDeps, type Strike } from "../isolates/isolate-instance.ts";
import type { LoadFailure } from "../isolates/isolate-sandbox.ts";
import { IsolatePool } from "../isolates/isolate-pool.ts";
import type { DispatchOutcome } from "../isolates/script-instance.ts";
import { ScriptLog } from "../isolates/script-log.ts";
import { TickScheduler, type Tickable } from "../isolates/tick-scheduler.ts";
import { TurnClock } from "../isolates/turn-clock.ts";
import { warmUp } from "../isolates/warm-up.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { WireRequest } from "../sandbox/messages.ts";
import type {
  AgentMessage,
  CallAnswer,
  InstanceSnapshot,
  WorkerMessage,
  WorkerSetup,
} from "../worker-messages.ts";
import type { Connections } from "./connections.ts";
import { InstanceSlot } from "./instance-slot.ts";
import type { Ledger } from "./ledger.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import { ScriptCalls } from "./script-calls.ts";

const EXPIRE_EVERY_MS = 20;
const EVICT_IDLE_MS_MIN = 5000;
// 1.3 MB each; more than a few come up at once only when everything does.
const BLANKS = 3;
const REFILL_AFTER_MS = 50;
const MEMORY_MB_USUAL = 64;
// Calls of one instance out of the node: what it may make at once, and in the long run by itself and for each request, so
// that a script's traffic may grow but a loop of it gets nowhere.
const EGRESS_BURST = 200;
const EGRESS_A_SECOND = 100;
const EGRESS_A_REQUEST = 4;
const LOAD_STRIKES: Readonly<Partial<Record<LoadFailure["code"], Strike>>> = {
  start_timeout: "background",
  memory_exceeded: "memory",
};
// The others may come from a machine that is short of time or memory just now.
const TERMINAL_LOAD_FAILURES = new Set(["compile_failed", "no_fetch_handler"]);

export interface WorkerDeps {
  readonly setup: WorkerSetup;
  readonly ledger: Ledger;
  readonly replies: ReplyQueue;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly cpuUs: () => number;
  readonly turnWallMs: (cpuMs: number, turnCpuMsMax: number) => number;
  readonly send: (message: WorkerMessage) => void;
  /** Ends this process, with what each connection is owed on record. */
  readonly leave: () => void;
  readonly makeConnections: (gateway: Gateway, isDraining: () => boolean) => Connections;
}

type Provision = Extract<AgentMessage, { type: "provision" }>;

/** What a worker process does: it keeps isolates, and answers the requests of the connections that it is handed. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #scheduler: TickScheduler;
  readonly #clock: TurnClock;
  readonly #slots = new Map<number, InstanceSlot>();
  readonly #numbers = new WeakMap<Tickable, number>();
  readonly #connections: Connections;
  readonly #cancels = new Map<number, AbortController>();
  readonly #warming = new Set<IsolateInstance>();
  readonly #blanks: IsolatePool;
  #routes: RouteTable<VersionPlan<InstanceSlot>> = buildRouteTable<VersionPlan<InstanceSlot>>([]).table;
  #trustedKeys: readonly KeyObject[] = [];
  readonly #overrides = new OverrideReader(() => this.#trustedKeys);
  readonly #calls: ScriptCalls;
  readonly #relays = new Map<number, (outcome: DispatchOutcome) => void>();
  readonly #callsOut = new Map<number, (answer: CallAnswer) => void>();
  #lastCall = 0;
  #hasDocument = false;
  #isDraining = false;
  #fleetAllow: readonly string[] = [];
  #denied: readonly EgressTarget[] = [];

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    const modules = new Map(Object.entries(deps.setup.preludeModules));
    this.#blanks = new IsolatePool({
      code: { prelude: deps.setup.prelude, modules },
      blanksPerClass: BLANKS,
      refillAfterMs: REFILL_AFTER_MS,
    });
    this.#blanks.prepare(MEMORY_MB_USUAL);
    const { ledger, replies } = deps;
    this.#clock = new TurnClock(deps.cpuUs);
    this.#scheduler = new TickScheduler({
      onTick: (nowMs) => {
        this.#clock.begin(nowMs);
        ledger.beginTick();
        replies.hold();
      },
      onTurn: (owner) => {
        ledger.beginTurn(this.#numbers.get(owner) ?? 0);
      },
      onTicked: replies.flush,
    });
    this.#calls = new ScriptCalls({ routes: () => this.#routes, nowMs: deps.nowMs, random: Math.random });
    const gateway = new Gateway({
      region: deps.setup.region,
      node: deps.setup.node,
      routes: () => this.#routes,
      hasDocument: () => this.#hasDocument,
      isDraining: () => this.#isDraining,
      nowMs: deps.nowMs,
      random: Math.random,
      overrides: this.#overrides,
    });
    this.#connections = deps.makeConnections(gateway, () => this.#isDraining);
    setInterval(() => {
      const nowMs = performance.now();
      for (const slot of this.#slots.values()) slot.expire(nowMs);
      for (const instance of this.#warming) instance.expire(nowMs);
    }, EXPIRE_EVERY_MS).unref();
  }

  receive(message: AgentMessage, socket: Socket | undefined): void {
    switch (message.type) {
      case "setup":
        return;
      case "provision":
        void this.#provision(message);
        return;
      case "unavailable":
        this.#slots.get(message.instance)?.giveUp();
        return;
      case "routes":
        this.#activate(message);
        return;
      case "keys":
        this.#trustedKeys = message.pems.map(readPublicKey).filter((key) => key !== null);
        this.#overrides.clear();
        return;
      case "egress":
        this.#fleetAllow = message.fleetAllow;
        this.#denied = message.denied;
        return;
      case "standing":
        this.#slots.get(message.instance)?.stand(message.standing);
        return;
      case "dispatch":
        this.#dispatch(message);
        return;
      case "relayed":
        this.#relays.get(message.call)?.(message.outcome);
        this.#relays.delete(message.call);
        return;
      case "call":
        void this.#answerCall(message);
        return;
      case "called":
        this.#callsOut.get(message.call)?.(message.answer);
        this.#callsOut.delete(message.call);
        return;
      case "evict":
        this.#evict(message.count);
        return;
      case "leave":
        this.#deps.leave();
        return;
      case "retire":
        void this.#retire(message.instance, message.drainMs);
        return;
      case "snapshot":
        this.#deps.send({ type: "snapshot", ask: message.ask, instances: this.#snapshots() });
        return;
      case "connection":
        if (socket === undefined) this.#deps.send({ type: "closed", slots: [message.slot] });
        else this.#connections.adopt(socket, message.slot);
        return;
      case "drain":
        this.#isDraining = true;
        void this.#drain();
        return;
      default:
        assertNever(message);
    }
  }

  async #drain(): Promise<void> {
    await this.#connections.drain();
    this.#deps.send({ type: "drained" });
  }

  #dispatch({ call, instance, request, options }: Extract<AgentMessage, { type: "dispatch" }>): void {
    const settle = (outcome: DispatchOutcome): void => {
      this.#deps.send({ type: "dispatched", call, outcome });
    };
    const slot = this.#slots.get(instance);
    if (slot === undefined)
      settle({ kind: "failure", code: "not_ready", message: "there is no such instance" });
    else slot.dispatch(request, options, settle);
  }

  /** A script in a process of its own has no other beside it: the agent asks a worker that has. */
  async #callScript(name: string, request: WireRequest): Promise<CallAnswer> {
    if (!this.#deps.setup.isOwnLane) return this.#calls.call(name, request);
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((settle) => {
      this.#callsOut.set(call, settle);
      this.#deps.send({ type: "call", call, name, request });
    });
  }

  async #answerCall({ call, name, request }: Extract<AgentMessage, { type: "call" }>): Promise<void> {
    this.#deps.send({ type: "called", call, answer: await this.#calls.call(name, request) });
  }

  #evict(count: number): void {
    const nowMs = this.#deps.nowMs();
    const idle = [...this.#slots.values()].filter(
      ({ live, inFlight, usedMs }) => live !== null && inFlight === 0 && nowMs - usedMs > EVICT_IDLE_MS_MIN,
    );
    idle.sort((a, b) => a.usedMs - b.usedMs);
    for (const slot of idle.slice(0, count)) slot.empty();
  }

  async #provision({ instance: number, identity, text, secrets, codeCache }: Provision): Promise<void> {
    const { send } = this.#deps;
    const fail = (kind: "transient" | "terminal", code: string, message: string): void => {
      this.#slots.get(number)?.giveUp();
      send({ type: "provisionFailed", instance: number, kind, code, message });
    };
    const parsed = parseBundle(text);
    if (!parsed.ok) {
      fail("terminal", "bundle_invalid", parsed.message);
      return;
    }
    const cancel = new AbortController();
    this.#cancels.set(number, cancel);
    const slot = this.#slotOf(number, identity, parsed.bundle.settings);
    const log = new ScriptLog(this.#deps.logger, identity, secrets, this.#deps.nowMs);
    const started = await IsolateInstance.start(identity, parsed.bundle, {
      ...this.#instanceDeps(slot, log, secrets),
      codeCache: codeCache === null ? null : new Uint8Array(Buffer.from(codeCache, "base64")),
    });
    if (!started.ok) {
      const { code, message } = started.failure;
      const strike = LOAD_STRIKES[code];
      if (strike !== undefined) send({ type: "strike", instance: number, strike, isDead: false });
      fail(TERMINAL_LOAD_FAILURES.has(code) ? "terminal" : "transient", code, message);
      return;
    }
    const { instance } = started;
    this.#numbers.set(instance, number);
    send({ type: "warming", instance: number });
    const warmingSinceMs = performance.now();
    this.#warming.add(instance);
    const warmed = await warmUp(instance, randomUUID, cancel.signal, () => performance.now());
    this.#warming.delete(instance);
    if (!warmed.ok || cancel.signal.aborted) {
      this.#numbers.delete(instance);
      instance.dispose();
      if (warmed.ok) fail("transient", "superseded", "a newer document came");
      else fail("transient", warmed.code, warmed.message);
      return;
    }
    slot.recorder.recordWarmup();
    slot.fill(instance);
    send({ type: "provisioned", instance: number, warmupMs: Math.round(performance.now() - warmingSinceMs) });
  }

  #instanceDeps(
    slot: InstanceSlot,
    log: ScriptLog,
    secrets: Readonly<Record<string, string>>,
  ): Omit<InstanceDeps, "codeCache"> {
    const { setup, cpuUs, nowMs, send } = this.#deps;
    const { region, node, turnCpuMsMax } = setup;
    const { turnWallMs } = this.#deps;
    const { number, settings, recorder } = slot;
    const egress = new TokenBucket(EGRESS_A_SECOND, EGRESS_BURST, nowMs());
    return {
      takeBlank: async (memoryMb) => this.#blanks.take(memoryMb),
      enterToLoad: (enter) => {
        this.#deps.ledger.beginTurn(number);
        const turn = enter();
        this.#deps.ledger.endTurn();
        return turn;
      },
      region,
      node,
      turnCpuMsMax,
      turnWallMs: (cpuMs) => turnWallMs(cpuMs, turnCpuMsMax),
      nowMs,
      cpuUs,
      turnUs: (beganMs, endedMs) => this.#clock.turnUs(beganMs, endedMs),
      log,
      secrets,
      scheduler: this.#scheduler,
      fetch: async (request, redirect, target, cancelled) => {
        if (target.kind === "script") {
          const { callee, reply } = await this.#callScript(target.name, request);
          recorder.recordCall(callee, !reply.ok || reply.response.status >= 500);
          return reply;
        }
        if (!egress.take(nowMs())) {
          recorder.recordEgressRefused();
          return {
            ok: false,
            message: `more than ${EGRESS_A_SECOND} calls a second and ${EGRESS_A_REQUEST} a request`,
          };
        }
        const rules = { scriptAllow: settings.egress, fleetAllow: this.#fleetAllow, denied: this.#denied };
        return hostFetch(rules, resolveByDns, request, redirect, cancelled);
      },
      onStrike: (strike) => {
        send({ type: "strike", instance: number, strike, isDead: false });
      },
      onDead: (strike) => {
        // The one that died may be warming up beside the one that serves.
        if (slot.live?.isDisposed === true) slot.empty();
        send({ type: "strike", instance: number, strike, isDead: true });
      },
      onTurn: (requests, usedUs) => {
        egress.credit(requests * EGRESS_A_REQUEST);
        recorder.recordBatch(requests, usedUs / 1000);
      },
    };
  }

  #slotOf(
    number: number,
    identity: InstanceSlot["identity"],
    settings: InstanceSlot["settings"],
  ): InstanceSlot {
    const known = this.#slots.get(number);
    if (known !== undefined) return known;
    const { setup, nowMs, send } = this.#deps;
    const slot = new InstanceSlot(number, identity, settings, {
      node: setup.node,
      region: setup.region,
      nowMs,
      isOwn: setup.isOwnLane,
      onNeeded: (instance) => {
        send({ type: "need", instance });
      },
      relay: (instance, request, options, settle) => {
        this.#lastCall += 1;
        this.#relays.set(this.#lastCall, settle);
        send({ type: "relay", call: this.#lastCall, instance, request, options });
      },
    });
    this.#slots.set(number, slot);
    return slot;
  }

  #activate({ routes, generation, hasDocument }: Extract<AgentMessage, { type: "routes" }>): void {
    const entries = routes.map(({ script, version, isDefault, isKilled, route, variants }) => {
      const plan = planVersion(
        variants.map((variant): Variant<InstanceSlot> => {
          if (variant.target === null) return { ...variant, target: null };
          const { instance, settings, standing } = variant.target;
          const { role, digest } = variant;
          const target = this.#slotOf(instance, { script, version, role, digest }, settings);
          target.stand(standing);
          return { ...variant, target };
        }),
      );
      return { script, version, isDefault, route, target: isKilled ? { ...plan, isKilled } : plan };
    });
    this.#routes = buildRouteTable(entries).table;
    this.#hasDocument = hasDocument;
    this.#deps.send({ type: "routesActive", generation });
  }

  async #retire(number: number, drainMs: number): Promise<void> {
    const slot = this.#slots.get(number);
    this.#cancels.get(number)?.abort();
    this.#cancels.delete(number);
    if (slot !== undefined) {
      const { live } = slot;
      await slot.retire(drainMs);
      if (live !== null) this.#numbers.delete(live);
      this.#slots.delete(number);
    }
    this.#deps.send({ type: "retired", instance: number });
  }

  #snapshots(): InstanceSnapshot[] {
    return [...this.#slots.values()].map((slot) => ({
      instance: slot.number,
      delta: slot.recorder.take(),
      gauges: {
        heapBytes: slot.live?.heapUsedBytes() ?? null,
        inFlight: slot.inFlight,
        queued: slot.queued,
      },
    }));
  }
}
