import { setTimeout as sleep } from "node:timers/promises";
import type { RevisionSettings } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import { errorMessage } from "../error-text.ts";
import type {
  FetchRedirect,
  FetchTarget,
  SandboxMessage,
  WireFetchReply,
  WireRequest,
} from "../sandbox/messages.ts";
import { BatchSize } from "./batch-size.ts";
import type { Bundle } from "./bundle-format.ts";
import {
  encodeFetchReply,
  encodeRequest,
  encodeTimer,
  type FlatRequest,
  type FlatResponse,
} from "./dispatch-codec.ts";
import { scriptFile } from "./script-file.ts";
import { HostTimers } from "./host-timers.ts";
import { IsolateSandbox, type LoadFailure, type SandboxOptions, type Turn } from "./isolate-sandbox.ts";
import type { ScriptLog } from "./script-log.ts";
import type {
  DispatchFailureCode,
  DispatchOptions,
  DispatchOutcome,
  InstanceIdentity,
  ScriptInstance,
} from "./script-instance.ts";
import type { Tickable, TickScheduler } from "./tick-scheduler.ts";

const FETCHES_MAX = 64;
// What a script says after it has answered, without having told that it goes on, may wait this long.
const COLLECT_AFTER_MS = 250;
// Late replies and timers that wait for their turn; past it the script has lost its hold on itself.
const EVENTS_MAX = 4096;
const TURN_MS_MIN = 50;
// A turn that was cut off with less CPU than this share of its limit had to wait for the machine.
const BLAME_CPU_SHARE = 0.5;
// Turns in a row that were cut off on the way to the next record: then it is the reading itself that burns.
const STUCK_TURNS_MAX = 2;

/** Why an instance is done for, or what it did that counts against it. */
export type Strike =
  | "memory"
  | "cpu"
  | "garbled"
  /** Cut off while no request of its was open: nothing that anybody asked for. */
  | "background";

export interface InstanceDeps {
  readonly takeBlank: SandboxOptions["takeBlank"];
  /** Code that this node compiled from the bundle, or null. */
  readonly codeCache: Uint8Array<ArrayBuffer> | null;
  readonly enterToLoad: SandboxOptions["enterToLoad"];
  readonly region: string;
  readonly node: string;
  readonly scheduler: TickScheduler;
  /** CPU of this thread so far, microseconds. */
  readonly cpuUs: () => number;
  /** CPU of a turn that has just ended, microseconds; its times are of performance.now(). */
  readonly turnUs: (beganMs: number, endedMs: number) => number;
  readonly nowMs: () => number;
  readonly log: ScriptLog;
  readonly fetch: (
    request: WireRequest,
    redirect: FetchRedirect,
    target: FetchTarget,
    cancelled: AbortSignal,
  ) => Promise<WireFetchReply>;
  readonly secrets: Readonly<Record<string, string>>;
  /** The longest that one turn may take here, milliseconds of CPU, whatever the script's limit says. */
  readonly turnCpuMsMax: number;
  /** How long a turn may take by the clock that may take so much CPU, milliseconds: it may have to wait for a core. */
  readonly turnWallMs: (cpuMs: number) => number;
  readonly onStrike: (strike: Strike) => void;
  /** The isolate is gone; the instance answers nothing more. */
  readonly onDead: (strike: Strike) => void;
  readonly onTurn: (requests: number, cpuUs: number) => void;
}

interface Pending {
  readonly id: number;
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly wallMs: number;
  readonly settle: (outcome: DispatchOutcome) => void;
}

type Queued = { readonly pending: Pending; readonly record: string };

/** A revision in an isolate of its own. When the script brings that down the instance is dead, and says so. */
export class IsolateInstance implements ScriptInstance, Tickable {
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  readonly #bundle: Bundle;
  readonly #deps: InstanceDeps;
  readonly #sandbox: IsolateSandbox;
  readonly #timers: HostTimers;
  /** In flight, begun or not, by number. */
  readonly #pending = new Map<number, Pending>();
  readonly #batchSize = new BatchSize();
  #queue: Queued[] = [];
  #events: string[] = [];
  #fetches = new Map<number, AbortController>();
  /** Requests handed to the sandbox that it has not begun. */
  #isUnfinished = false;
  #isDisposed = false;
  #lastId = 0;
  #enteredMs = 0;
  #stuckTurns = 0;
  #drained: (() => void) | null = null;

  private constructor(identity: InstanceIdentity, bundle: Bundle, deps: InstanceDeps) {
    this.identity = identity;
    this.settings = bundle.settings;
    this.#bundle = bundle;
    this.#deps = deps;
    this.#timers = new HostTimers((timer) => {
      this.#addEvent(encodeTimer(timer));
    });
    const { limits, version, values = {} } = bundle.settings;
    const { region, node, secrets, takeBlank, cpuUs, enterToLoad } = deps;
    this.#sandbox = new IsolateSandbox({
      takeBlank,
      cpuUs,
      enterToLoad,
      config: {
        env: { script: identity.script, version, revision: identity.digest, region, node, secrets, values },
        responseBytesMax: Math.floor(limits.responseMb * 1024 * 1024),
      },
      memoryLimitMb: limits.memoryMb,
      onResponse: (id, response) => {
        this.#answer(id, response);
      },
      onMessage: (message) => {
        this.#receive(message);
      },
      onStrayError: (message) => {
        deps.log.write("error", message, null);
      },
    });
  }

  /** Loads the bundle into a fresh isolate. */
  static async start(
    identity: InstanceIdentity,
    bundle: Bundle,
    deps: InstanceDeps,
  ): Promise<
    | { readonly ok: true; readonly instance: IsolateInstance }
    | { readonly ok: false; readonly failure: LoadFailure }
  > {
    const instance = new IsolateInstance(identity, bundle, deps);
    const failure = await instance.#load();
    if (failure === null) return { ok: true, instance };
    instance.dispose();
    return { ok: false, failure: { ...failure, message: deps.log.redact(failure.message) } };
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  dispatch(request: FlatRequest, options: DispatchOptions, settle: (outcome: DispatchOutcome) => void): void {
    const { concurrency } = this.settings.limits;
    if (this.#isDisposed || this.#pending.size >= concurrency) {
      const outcome = this.#isDisposed
        ? failed("not_ready", "the isolate is being replaced")
        : failed("overloaded", `more than ${concurrency} requests in flight`);
      queueMicrotask(() => {
        settle(outcome);
      });
      return;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const { requestId, wallMs } = options;
    const pending = { id, requestId, wallMs, deadlineMs: performance.now() + wallMs, settle };
    this.#pending.set(id, pending);
    this.#queue.push({ pending, record: encodeRequest(id, requestId, request) });
    this.#deps.scheduler.schedule(this);
  }

  runTurn(): boolean {
    if (this.#isDisposed) return false;
    const begun = this.#takeBatch();
    let text = "";
    if (this.#events.length > 0) text = this.#events.splice(0).join("");
    const isIdle = text === "" && begun.length === 0 && !this.#isUnfinished;
    if (isIdle && !this.#sandbox.isTakeDue) return this.#queue.length > 0;
    for (const { record } of begun) text += record;
    const cpuMsMax = this.#turnCpuMs();
    const timeoutMs = Math.max(TURN_MS_MIN, this.#deps.turnWallMs(cpuMsMax));
    const beganMs = performance.now();
    const turn = isIdle ? this.#sandbox.collect() : this.#sandbox.enter(text, timeoutMs);
    this.#enteredMs = performance.now();
    const cpuUs = this.#deps.turnUs(beganMs, this.#enteredMs);
    this.#batchSize.record(begun.length, cpuUs / 1000);
    this.#deps.onTurn(begun.length, cpuUs);
    this.#finishTurn(turn, begun, cpuUs / 1000 >= cpuMsMax * BLAME_CPU_SHARE);
    return !this.#isDisposed && (this.#queue.length > 0 || this.#events.length > 0 || this.#isUnfinished);
  }

  #takeBatch(): readonly Queued[] {
    const queue = this.#queue;
    const size = this.#batchSize.next;
    if (queue.length > size) return queue.splice(0, size);
    this.#queue = [];
    return queue;
  }

  /** Answers what is past its time. Called a few times a second. */
  expire(nowMs: number): void {
    if (!this.#isDisposed && this.#sandbox.isTakeDue && nowMs - this.#enteredMs > COLLECT_AFTER_MS)
      this.#deps.scheduler.schedule(this);
    for (const pending of this.#pending.values()) {
      if (nowMs < pending.deadlineMs) continue;
      this.#settle(pending.id, failed("script_timeout", `no response within ${pending.wallMs} ms`));
    }
  }

  heapUsedBytes(): number | null {
    return this.#isDisposed ? null : this.#sandbox.heapUsedBytes();
  }

  /** Settles when no request is left, or at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await Promise.race([drained, sleep(deadlineMs, undefined, { ref: false })]);
  }

  dispose(): void {
    this.#end("not_ready", "the instance was replaced");
  }

  async #load(): Promise<LoadFailure | null> {
    const { name, version } = this.settings;
    try {
      const problem = await this.#sandbox.load(
        this.#bundle.code,
        scriptFile(name, version),
        this.#deps.codeCache,
      );
      if (problem !== null) return problem;
    } catch (error) {
      return { code: "start_failed", message: errorMessage(error) };
    }
    return this.#isDisposed
      ? { code: "superseded", message: "the instance was disposed while it started" }
      : null;
  }

  #turnCpuMs(): number {
    const { cpuMs, wallMs } = this.settings.limits;
    return Math.min(cpuMs, wallMs, this.#deps.turnCpuMsMax);
  }

  #finishTurn(turn: Turn, begun: readonly Queued[], isToBlame: boolean): void {
    switch (turn.kind) {
      case "done":
        this.#stuckTurns = 0;
        this.#isUnfinished = turn.handOver.isUnfinished;
        return;
      case "timedOut":
        this.#isUnfinished = turn.handOver.isUnfinished;
        this.#stuckTurns = this.#isUnfinished && turn.handOver.current === 0 ? this.#stuckTurns + 1 : 0;
        if (this.#stuckTurns >= STUCK_TURNS_MAX) this.#die("garbled");
        else this.#cutOff(turn.handOver.current, begun, isToBlame);
        return;
      case "died":
        this.#die(turn.reason);
        return;
      default:
        assertNever(turn);
    }
  }

  /** A handler that was cut off gets no answer of its own. Those that had not begun run in the next turn. */
  #cutOff(current: number, begun: readonly Queued[], isToBlame: boolean): void {
    const { cpuMs, wallMs } = this.settings.limits;
    const code = cpuMs < wallMs && isToBlame ? "cpu_exceeded" : "script_timeout";
    const outcome = failed(code, `cut off after ${this.#turnCpuMs()} ms without yielding`);
    if (isToBlame) this.#deps.onStrike(this.#pending.size === 0 ? "background" : "cpu");
    if (current !== 0) {
      this.#settle(current, outcome);
      return;
    }
    // It was between two steps of some handler: V8 drops the steps that waited, so none of these would go on.
    for (const { pending } of begun) this.#settle(pending.id, outcome);
  }

  #receive(message: SandboxMessage): void {
    switch (message.type) {
      case "failure":
        this.#deps.log.write("error", message.error.stack, this.#pending.get(message.id)?.requestId ?? null);
        this.#settle(message.id, failed("script_error", this.#deps.log.redact(message.error.message)));
        return;
      case "tooLarge": {
        const text = `the response is over ${this.settings.limits.responseMb} MiB`;
        this.#settle(message.id, failed("response_too_large", text));
        return;
      }
      case "log":
        this.#deps.log.write(message.level, message.text, message.requestId);
        return;
      case "fetch":
        void this.#fetch(message);
        return;
      case "timerSet":
        this.#timers.set(message.timer, message.delayMs);
        return;
      case "timerClear":
        this.#timers.clear(message.timer);
        return;
      case "started":
      case "noHandler":
        return;
      default:
        assertNever(message);
    }
  }

  async #fetch({
    call,
    request,
    redirect,
    target,
  }: Extract<SandboxMessage, { type: "fetch" }>): Promise<void> {
    const cancel = new AbortController();
    if (this.#fetches.size >= FETCHES_MAX || this.#fetches.has(call)) {
      const message = `more than ${FETCHES_MAX} calls at once`;
      this.#addEvent(encodeFetchReply(call, { ok: false, message }));
      return;
    }
    this.#fetches.set(call, cancel);
    const reply = await this.#deps.fetch(request, redirect, target, cancel.signal);
    this.#fetches.delete(call);
    if (!cancel.signal.aborted) this.#addEvent(encodeFetchReply(call, reply));
  }

  #addEvent(record: string): void {
    if (this.#isDisposed || this.#events.length >= EVENTS_MAX) return;
    this.#events.push(record);
    this.#deps.scheduler.schedule(this);
  }

  #answer(id: number, response: FlatResponse): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.settle({ kind: "response", response });
    if (this.#pending.size === 0) this.#drained?.();
  }

  #settle(id: number, outcome: Extract<DispatchOutcome, { kind: "failure" }>): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    // One that is answered while it waits is not begun any more.
    this.#queue = this.#queue.filter((queued) => queued.pending !== pending);
    this.#deps.log.write("warn", `no response: ${outcome.code}: ${outcome.message}`, pending.requestId);
    pending.settle(outcome);
    if (this.#pending.size === 0) this.#drained?.();
  }

  #die(reason: "memory" | "garbled"): void {
    if (this.#isDisposed) return;
    const { memoryMb } = this.settings.limits;
    this.#deps.log.write("error", `the isolate is gone: ${reason}`, null);
    if (reason === "memory") this.#end("memory_exceeded", `the script went over ${memoryMb} MiB`);
    else this.#end("script_error", "the script broke its own sandbox");
    this.#deps.onDead(reason);
  }

  #end(code: DispatchFailureCode, message: string): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#queue = [];
    this.#events = [];
    for (const id of Array.from(this.#pending.keys())) this.#settle(id, failed(code, message));
    for (const cancel of this.#fetches.values()) cancel.abort();
    this.#fetches = new Map();
    this.#timers.clearAll();
    this.#sandbox.dispose();
  }
}

function failed(code: DispatchFailureCode, message: string): Extract<DispatchOutcome, { kind: "failure" }> {
  return { kind: "failure", code, message };
}
