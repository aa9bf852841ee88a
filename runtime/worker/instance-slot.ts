import type { RevisionSettings } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import type { FlatRequest } from "../isolates/dispatch-codec.ts";
import type { IsolateInstance } from "../isolates/isolate-instance.ts";
import type {
  DispatchFailureCode,
  DispatchOptions,
  DispatchOutcome,
  InstanceIdentity,
} from "../isolates/script-instance.ts";
import { SeriesRecorder } from "../metrics/series-recorder.ts";
import type { InstanceStanding } from "../worker-messages.ts";
import { ReplyHeaderMaker } from "./reply-headers.ts";

// Requests that may wait for an instance to come back. It takes a fraction of a second; the rest is for a machine whose
// workers have all just been killed, and whose neighbours are not to blame for it.
const WAITING_MAX = 256;
const WAITING_MS_MAX = 10_000;

interface Waiting {
  readonly request: FlatRequest;
  readonly options: DispatchOptions;
  readonly settle: (outcome: DispatchOutcome) => void;
  readonly deadlineMs: number;
}

type Phase =
  /** Nothing is here. `isAsked` when the agent knows that it is needed. */
  | { readonly kind: "cold"; readonly isAsked: boolean }
  | { readonly kind: "live"; readonly instance: IsolateInstance }
  | { readonly kind: "retired" };

export interface SlotDeps {
  readonly node: string;
  readonly region: string;
  readonly nowMs: () => number;
  /** Whether this worker is the script's own. */
  readonly isOwn: boolean;
  readonly onNeeded: (instance: number) => void;
  /** Has the request answered by the script's own worker. */
  readonly relay: (
    instance: number,
    request: FlatRequest,
    options: DispatchOptions,
    settle: (outcome: DispatchOutcome) => void,
  ) => void;
}

/** The place of one instance in this worker, whether its isolate is there or has yet to come (back). */
export class InstanceSlot {
  readonly number: number;
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  readonly recorder = new SeriesRecorder();
  readonly headers: ReplyHeaderMaker;
  readonly #deps: SlotDeps;
  #phase: Phase = { kind: "cold", isAsked: false };
  #standing: InstanceStanding = { lane: "shared", quarantinedUntilMs: 0, strikes: 0 };
  #waiting: Waiting[] = [];
  #usedMs: number;

  constructor(number: number, identity: InstanceIdentity, settings: RevisionSettings, deps: SlotDeps) {
    this.number = number;
    this.identity = identity;
    this.settings = settings;
    this.#deps = deps;
    this.headers = new ReplyHeaderMaker(deps.node, deps.region, identity);
    this.#usedMs = deps.nowMs();
  }

  /** When a request last came, milliseconds since the epoch. */
  get usedMs(): number {
    return this.#usedMs;
  }

  get live(): IsolateInstance | null {
    return this.#phase.kind === "live" ? this.#phase.instance : null;
  }

  /** Requests that no isolate has begun. */
  get queued(): number {
    return (this.live?.queued ?? 0) + this.#waiting.length;
  }

  get inFlight(): number {
    return (this.live?.inFlight ?? 0) + this.#waiting.length;
  }

  retryAfterS(nowMs: number): number {
    return Math.max(1, Math.ceil((this.#standing.quarantinedUntilMs - nowMs) / 1000));
  }

  stand(standing: InstanceStanding): void {
    this.#standing = standing;
    const isHeldBack = standing.quarantinedUntilMs > this.#deps.nowMs();
    if (isHeldBack) this.#refuseWaiting("quarantined");
    // In quarantine nothing of it runs on, neither timers nor what it was asked before.
    if (isHeldBack || standing.lane === "own") this.empty();
  }

  dispatch(request: FlatRequest, options: DispatchOptions, settle: (outcome: DispatchOutcome) => void): void {
    this.#usedMs = this.#deps.nowMs();
    const { lane, quarantinedUntilMs } = this.#standing;
    if (quarantinedUntilMs > this.#usedMs) {
      refuse(settle, "quarantined", "the script harmed the node");
      return;
    }
    if (lane === "own" && this.#phase.kind !== "retired" && !this.#deps.isOwn) {
      this.#deps.relay(this.number, request, options, settle);
      return;
    }
    switch (this.#phase.kind) {
      case "live":
        this.#phase.instance.dispatch(request, options, settle);
        return;
      case "cold":
        this.#wait({ request, options, settle, deadlineMs: performance.now() + WAITING_MS_MAX });
        return;
      case "retired":
        refuse(settle, "not_ready", "the instance was replaced");
        return;
      default:
        assertNever(this.#phase);
    }
  }

  /** Puts a warmed-up isolate to work; what waited for it goes in. */
  fill(instance: IsolateInstance): void {
    // One that serves already may have requests in flight.
    if (this.#phase.kind !== "cold") {
      instance.dispose();
      return;
    }
    this.#phase = { kind: "live", instance };
    for (const { request, options, settle } of this.#waiting.splice(0))
      instance.dispatch(request, options, settle);
  }

  /** Lets go of the isolate; the next request asks for a new one. */
  empty(): void {
    if (this.#phase.kind !== "live") return;
    const { instance } = this.#phase;
    this.#phase = { kind: "cold", isAsked: false };
    instance.dispose();
  }

  /** The agent cannot bring an isolate now; the next request may ask again. */
  giveUp(): void {
    if (this.#phase.kind === "cold") this.#phase = { kind: "cold", isAsked: false };
    this.#refuseWaiting("not_ready");
  }

  /** Answers what is past its time. */
  expire(nowMs: number): void {
    this.live?.expire(nowMs);
    while ((this.#waiting[0]?.deadlineMs ?? Infinity) <= nowMs) {
      const late = this.#waiting.shift();
      if (late !== undefined) refuse(late.settle, "not_ready", "the script was not ready in time");
    }
  }

  /** Takes no further request, and is gone when those in flight are answered or time is up. */
  async retire(drainMs: number): Promise<void> {
    const { live } = this;
    this.#phase = { kind: "retired" };
    this.#refuseWaiting("not_ready");
    await live?.drain(drainMs);
    live?.dispose();
  }

  #wait(waiting: Waiting): void {
    if (this.#waiting.length >= Math.min(WAITING_MAX, this.settings.limits.concurrency)) {
      refuse(waiting.settle, "overloaded", "too many requests wait for the script to be ready");
      return;
    }
    this.#waiting.push(waiting);
    if (this.#phase.kind !== "cold" || this.#phase.isAsked) return;
    this.#phase = { kind: "cold", isAsked: true };
    this.recorder.recordColdStart();
    this.#deps.onNeeded(this.number);
  }

  #refuseWaiting(code: DispatchFailureCode): void {
    for (const { settle } of this.#waiting.splice(0))
      refuse(settle, code, "the script cannot be brought back now");
  }
}

function refuse(
  settle: (outcome: DispatchOutcome) => void,
  code: DispatchFailureCode,
  message: string,
): void {
  queueMicrotask(() => {
    settle({ kind: "failure", code, message });
  });
}
