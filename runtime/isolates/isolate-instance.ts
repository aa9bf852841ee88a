import { setTimeout as sleep } from "node:timers/promises";
import type { RevisionSettings } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import { backoffMs } from "../backoff-ms.ts";
import { errorMessage } from "../error-text.ts";
import type {
  FetchRedirect,
  HostMessage,
  SandboxMessage,
  WireFetchReply,
  WireRequest,
} from "../sandbox/messages.ts";
import type { Bundle } from "./bundle-format.ts";
import { HostTimers } from "./host-timers.ts";
import { IsolateSandbox, type LoadFailure, type Turn } from "./isolate-sandbox.ts";
import type { ScriptLog } from "./script-log.ts";
import type {
  DispatchFailureCode,
  DispatchOptions,
  DispatchOutcome,
  InstanceIdentity,
  ScriptInstance,
} from "./script-instance.ts";

// A turn gets more than the request's own time: on a busy machine the clock runs while the script waits for a core.
const TURN_SLACK_MS = 100;
const TURN_TIMEOUT_MS_MIN = 150;
const FETCHES_MAX = 64;
const STEADY_AFTER_MS = 60_000;

export interface InstanceDeps {
  readonly prelude: string;
  readonly region: string;
  readonly node: string;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly log: ScriptLog;
  readonly fetch: (
    request: WireRequest,
    redirect: FetchRedirect,
    cancelled: AbortSignal,
  ) => Promise<WireFetchReply>;
  readonly secrets: Readonly<Record<string, string>>;
}

interface Pending {
  readonly requestId: string;
  readonly settle: (outcome: DispatchOutcome) => void;
}

type Phase =
  | { readonly kind: "running"; readonly sandbox: IsolateSandbox; readonly sinceMs: number }
  | { readonly kind: "restarting" }
  | { readonly kind: "disposed" };

/** A revision in an isolate of its own, which is replaced when the script brings it down. */
export class IsolateInstance implements ScriptInstance {
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  readonly #bundle: Bundle;
  readonly #deps: InstanceDeps;
  readonly #timers: HostTimers;
  readonly #pending = new Map<number, Pending>();
  readonly #disposal = new AbortController();
  #phase: Phase = { kind: "restarting" };
  #fetches = new Set<AbortController>();
  #lastId = 0;
  #restarts = 0;
  #drained: (() => void) | null = null;

  private constructor(identity: InstanceIdentity, bundle: Bundle, deps: InstanceDeps) {
    this.identity = identity;
    this.settings = bundle.settings;
    this.#bundle = bundle;
    this.#deps = deps;
    this.#timers = new HostTimers((timer) => {
      void this.#enter({ type: "timerFired", timer });
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
    const failure = await instance.#open();
    if (failure === null) return { ok: true, instance };
    instance.dispose();
    return { ok: false, failure: { ...failure, message: deps.log.redact(failure.message) } };
  }

  async dispatch(request: WireRequest, options: DispatchOptions): Promise<DispatchOutcome> {
    if (this.#phase.kind !== "running") return failed("not_ready", "the isolate is being replaced");
    if (this.#pending.size >= this.settings.limits.concurrency) {
      return failed("overloaded", `more than ${this.settings.limits.concurrency} requests in flight`);
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle(id, failed("script_timeout", `no response within ${options.wallMs} ms`));
      }, options.wallMs);
      const settle = (outcome: DispatchOutcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#pending.set(id, { requestId: options.requestId, settle });
      void this.#runRequest({ type: "request", id, requestId: options.requestId, request }, options.wallMs);
    });
  }

  async heapUsedBytes(): Promise<number | null> {
    return this.#phase.kind === "running" ? this.#phase.sandbox.heapUsedBytes() : null;
  }

  async drain(deadlineMs: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await Promise.race([drained, sleep(deadlineMs, undefined, { ref: false })]);
  }

  dispose(): void {
    const { sandbox } = this.#phase.kind === "running" ? this.#phase : { sandbox: null };
    this.#phase = { kind: "disposed" };
    this.#disposal.abort();
    this.#clear("not_ready", "the instance was replaced");
    sandbox?.dispose();
  }

  async #open(): Promise<LoadFailure | null> {
    const { limits, name, version } = this.settings;
    const { region, node, secrets, log, prelude } = this.#deps;
    const { script, digest } = this.identity;
    const sandbox = new IsolateSandbox({
      prelude,
      config: {
        env: { script, version, revision: digest, region, node, secrets },
        responseBytesMax: Math.floor(limits.responseMb * 1024 * 1024),
      },
      memoryLimitMb: limits.memoryMb,
      onMessage: (message) => {
        this.#receive(sandbox, message);
      },
      onStrayError: (message) => {
        log.write("error", message, null);
      },
    });
    this.#phase = { kind: "running", sandbox, sinceMs: this.#deps.nowMs() };
    let problem: LoadFailure | null;
    try {
      problem = await sandbox.load(this.#bundle.code, `${name}@${version}.js`);
    } catch (error) {
      problem = { code: "start_failed", message: errorMessage(error) };
    }
    if (this.#isCurrent(sandbox) && problem === null) return null;
    sandbox.dispose();
    return problem ?? { code: "start_failed", message: "the instance was disposed while it started" };
  }

  async #enter(message: HostMessage, wallMs = this.settings.limits.wallMs): Promise<Turn | null> {
    if (this.#phase.kind !== "running") return null;
    const { sandbox } = this.#phase;
    const turn = await sandbox.enter(message, Math.max(TURN_TIMEOUT_MS_MIN, wallMs + TURN_SLACK_MS));
    switch (turn.kind) {
      case "done":
      case "timedOut":
        return turn;
      case "died":
        if (this.#isCurrent(sandbox)) this.#replace(sandbox, turn.reason);
        return turn;
      default:
        return assertNever(turn);
    }
  }

  async #runRequest(message: Extract<HostMessage, { type: "request" }>, wallMs: number): Promise<void> {
    const turn = await this.#enter(message, wallMs);
    if (turn?.kind !== "timedOut") return;
    this.#settle(message.id, failed("script_timeout", "the script did not yield in time"));
  }

  #isCurrent(sandbox: IsolateSandbox): boolean {
    return this.#phase.kind === "running" && this.#phase.sandbox === sandbox;
  }

  #replace(sandbox: IsolateSandbox, reason: "memory" | "stuck"): void {
    const ranMs = this.#phase.kind === "running" ? this.#deps.nowMs() - this.#phase.sinceMs : 0;
    if (ranMs > STEADY_AFTER_MS) this.#restarts = 0;
    this.#phase = { kind: "restarting" };
    const { memoryMb } = this.settings.limits;
    if (reason === "stuck") this.#clear("script_timeout", "the script could not be stopped");
    else this.#clear("memory_exceeded", `the script went over ${memoryMb} MiB`);
    this.#deps.log.write("error", `the isolate is replaced: ${reason}`, null);
    sandbox.dispose();
    void this.#restart();
  }

  async #restart(): Promise<void> {
    for (;;) {
      this.#restarts += 1;
      const { signal } = this.#disposal;
      // The first time costs clients nothing; after that a script that keeps dying must not eat the machine.
      const delayMs = this.#restarts === 1 ? 0 : backoffMs(this.#restarts - 1, this.#deps.random());
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted || (await this.#open()) === null) return;
      if (signal.aborted) return;
      this.#phase = { kind: "restarting" };
    }
  }

  #receive(sandbox: IsolateSandbox, message: SandboxMessage): void {
    if (!this.#isCurrent(sandbox)) return;
    switch (message.type) {
      case "response":
        this.#settle(message.id, { kind: "response", response: message.response });
        return;
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

  async #fetch({ call, request, redirect }: Extract<SandboxMessage, { type: "fetch" }>): Promise<void> {
    const cancel = new AbortController();
    const isFull = this.#fetches.size >= FETCHES_MAX;
    this.#fetches.add(cancel);
    const reply: WireFetchReply = isFull
      ? { ok: false, message: `more than ${FETCHES_MAX} calls at once` }
      : await this.#deps.fetch(request, redirect, cancel.signal);
    this.#fetches.delete(cancel);
    if (!cancel.signal.aborted) await this.#enter({ type: "fetchReply", call, reply });
  }

  #settle(id: number, outcome: DispatchOutcome): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    if (outcome.kind === "failure") {
      this.#deps.log.write("warn", `no response: ${outcome.code}: ${outcome.message}`, pending.requestId);
    }
    pending.settle(outcome);
    if (this.#pending.size === 0) this.#drained?.();
  }

  #clear(code: DispatchFailureCode, message: string): void {
    for (const id of Array.from(this.#pending.keys())) this.#settle(id, failed(code, message));
    for (const cancel of this.#fetches) cancel.abort();
    this.#fetches = new Set();
    this.#timers.clearAll();
  }
}

function failed(code: DispatchFailureCode, message: string): DispatchOutcome {
  return { kind: "failure", code, message };
}
