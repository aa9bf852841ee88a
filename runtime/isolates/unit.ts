import { setTimeout as sleep } from "node:timers/promises";
import type { InstanceReport } from "#schemas/types.ts";
import { backoffMs } from "../backoff-ms.ts";
import type { InstanceStanding } from "../worker-messages.ts";
import type { WantedInstance } from "./choose-instances.ts";
import type { LiveInstance } from "./live-instance.ts";
import type { BundleSource, ProvisionFailure, Provisioner } from "./provisioner.ts";
import type { InstanceIdentity } from "./script-instance.ts";

const DRAIN_MS_MAX = 5000;
const MESSAGE_LENGTH_MAX = 2000;

/** What is under way beside the instance that serves. */
type Candidate =
  | { readonly kind: "none" }
  | { readonly kind: "provisioning" | "warming"; readonly digest: string; readonly sinceMs: number }
  | {
      readonly kind: "failed";
      readonly digest: string;
      readonly sinceMs: number;
      readonly failure: ProvisionFailure;
    };

export interface UnitDeps {
  readonly provisioner: Provisioner;
  readonly bundles: BundleSource;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Puts the instance into the route table; a text says why it cannot go there. Settles when workers follow it. */
  readonly putInService: (unit: Unit, live: LiveInstance, attempt: AbortSignal) => Promise<string | null>;
  readonly takeOutOfService: (unit: Unit) => void;
  /** Something that the report shows has changed. */
  readonly onChange: () => void;
  readonly onProblem: (code: string, message: string) => void;
  /** Nothing of the unit is left. */
  readonly onRetired: (identity: InstanceIdentity) => void;
  readonly standingOf: (live: LiveInstance) => InstanceStanding;
  readonly onProvisioned: (identity: InstanceIdentity, durationMs: number, warmupMs: number) => void;
}

/**
 * One (script, version, role) on this node. Level-based: `want` says what should serve, and a loop gets there, while
 * what serves now goes on serving until its successor is warm.
 */
export class Unit {
  readonly script: string;
  readonly version: string;
  readonly role: string;
  readonly #deps: UnitDeps;
  readonly #draining = new Set<LiveInstance>();
  #wanted: WantedInstance | null = null;
  #current: LiveInstance | null = null;
  #candidate: Candidate = { kind: "none" };
  /** The digest that served before the process restarted. */
  #fallbackDigest: string | null;
  #attempt = new AbortController();
  #attempts = 0;
  #isRunning = false;
  #isDirty = false;

  constructor(
    identity: Pick<InstanceIdentity, "script" | "version" | "role">,
    fallbackDigest: string | null,
    deps: UnitDeps,
  ) {
    this.script = identity.script;
    this.version = identity.version;
    this.role = identity.role;
    this.#fallbackDigest = fallbackDigest;
    this.#deps = deps;
  }

  get wanted(): WantedInstance | null {
    return this.#wanted;
  }

  get current(): LiveInstance | null {
    return this.#current;
  }

  /** Null retires the unit. A digest that failed for good gets another chance only by a change. */
  want(wanted: WantedInstance | null): void {
    const isSameDigest = wanted !== null && wanted.digest === this.#wanted?.digest;
    this.#wanted = wanted;
    if (isSameDigest) return;
    this.#attempts = 0;
    this.#attempt.abort();
    this.#isDirty = true;
    if (!this.#isRunning) void this.#run();
  }

  /** Whether the unit has come to rest: it serves, or it failed and says so. */
  get standing(): "serving" | "failed" | "waiting" {
    if (this.#current !== null) return "serving";
    return this.#candidate.kind === "failed" ? "failed" : "waiting";
  }

  get isEmpty(): boolean {
    return this.#wanted === null && this.#current === null && this.#draining.size === 0 && !this.#isRunning;
  }

  liveInstances(): LiveInstance[] {
    return this.#current === null ? [...this.#draining] : [this.#current, ...this.#draining];
  }

  reports(nowMs: number): InstanceReport[] {
    const reports = [...this.#draining].map((live) => this.#reportLive(live, "draining", nowMs));
    if (this.#current !== null) reports.push(this.#reportLive(this.#current, "serving", nowMs));
    const candidate = this.#candidate;
    if (candidate.kind === "none") return reports;
    const { script, version, role } = this;
    const base = { script, version, role, digest: candidate.digest, requests: 0, errors: 0 };
    const since = new Date(candidate.sinceMs).toISOString();
    if (candidate.kind !== "failed") return [...reports, { ...base, since, state: candidate.kind }];
    const { code, message } = candidate.failure;
    const error = { code, message: message.slice(0, MESSAGE_LENGTH_MAX) };
    return [...reports, { ...base, since, state: "failed", error }];
  }

  /** Begins nothing more, for the end of the process. */
  dispose(): void {
    this.#attempt.abort();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    do {
      this.#isDirty = false;
      while (await this.#step());
    } while (this.#isDirty);
    this.#isRunning = false;
    this.#deps.onChange();
  }

  /** One move towards what is wanted; whether to look again. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    if (wanted === null) {
      this.#setCandidate({ kind: "none" });
      this.#deps.takeOutOfService(this);
      this.#retire();
      return false;
    }
    if (this.#current?.identity.digest === wanted.digest) {
      this.#setCandidate({ kind: "none" });
      return false;
    }
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    const isMissing = this.#fallbackDigest !== null && !(await this.#deps.bundles.isOnDisk(wanted.digest));
    if (isMissing) await this.#serveFallback(wanted, signal);
    const failure = await this.#provision(wanted, signal);
    if (signal.aborted) return true;
    if (failure === null) {
      this.#fallbackDigest = null;
      return true;
    }
    await this.#serveFallback(wanted, signal);
    if (failure.kind === "terminal") return signal.aborted;
    this.#attempts += 1;
    await sleep(backoffMs(this.#attempts, this.#deps.random()), undefined, { signal, ref: false }).catch(
      () => {},
    );
    return true;
  }

  /** Null when the instance serves, or the attempt was superseded. */
  async #provision(identity: WantedInstance, signal: AbortSignal): Promise<ProvisionFailure | null> {
    const { digest } = identity;
    const startedMs = this.#deps.nowMs();
    // A retry keeps its state in the reports, also when it failed, until it serves: they shall not flicker.
    const isRetry = this.#candidate.kind !== "none" && this.#candidate.digest === digest;
    if (!isRetry) this.#setCandidate({ kind: "provisioning", digest, sinceMs: startedMs });
    const result = await this.#deps.provisioner.provision(identity, signal, () => {
      if (this.#candidate.kind === "provisioning" && !signal.aborted) {
        this.#setCandidate({ kind: "warming", digest, sinceMs: this.#deps.nowMs() });
      }
    });
    if (signal.aborted) {
      if (result.ok) this.#discard(result.live);
      return null;
    }
    if (!result.ok) return this.#fail(identity, result.failure);
    const refusal = await this.#deps.putInService(this, result.live, signal);
    if (refusal !== null) {
      this.#discard(result.live);
      if (signal.aborted) return null;
      return this.#fail(identity, { kind: "transient", code: "route_conflict", message: refusal });
    }
    const { warmupMs } = result.live;
    this.#retire();
    this.#current = result.live;
    this.#setCandidate({ kind: "none" });
    this.#deps.onProvisioned(identity, this.#deps.nowMs() - startedMs, warmupMs);
    return null;
  }

  #fail(identity: WantedInstance, failure: ProvisionFailure): ProvisionFailure {
    const { script, version, digest } = identity;
    this.#deps.onProblem(failure.code, `${script}@${version} ${digest.slice(0, 19)}: ${failure.message}`);
    // A bundle that cannot be fetched yet says nothing against the revision.
    if (failure.code !== "bundle_unavailable") {
      this.#setCandidate({ kind: "failed", digest, sinceMs: this.#deps.nowMs(), failure });
    }
    return failure;
  }

  /** Brings back what served before the restart, once, while what is wanted is missing or fails. */
  async #serveFallback(wanted: WantedInstance, signal: AbortSignal): Promise<void> {
    const digest = this.#fallbackDigest;
    this.#fallbackDigest = null;
    if (digest === null || digest === wanted.digest || this.#current !== null) return;
    const result = await this.#deps.provisioner.provision({ ...wanted, digest }, signal, () => {});
    if (!result.ok) return;
    if (signal.aborted || (await this.#deps.putInService(this, result.live, signal)) !== null)
      this.#discard(result.live);
    else this.#current = result.live;
    this.#deps.onChange();
  }

  /** Drains the current instance, which no route leads to any more. */
  #retire(): void {
    const live = this.#current;
    if (live === null) return;
    this.#current = null;
    this.#draining.add(live);
    void this.#drain(live);
  }

  async #drain(live: LiveInstance): Promise<void> {
    await this.#deps.provisioner.retire(live, DRAIN_MS_MAX);
    this.#draining.delete(live);
    if (this.#wanted === null && this.liveInstances().length === 0) this.#deps.onRetired(live.identity);
    this.#deps.onChange();
  }

  /** Lets go of an instance that no route has led to. */
  #discard(live: LiveInstance): void {
    void this.#deps.provisioner.retire(live, 0);
  }

  #setCandidate(candidate: Candidate): void {
    this.#candidate = candidate;
    this.#deps.onChange();
  }

  #reportLive(live: LiveInstance, state: "serving" | "draining", nowMs: number): InstanceReport {
    const { script, version, role } = this;
    const p95Ms = live.p95Ms(nowMs);
    const { lane: place, quarantinedUntilMs, strikes } = this.#deps.standingOf(live);
    const isHeldBack = quarantinedUntilMs > nowMs;
    return {
      script,
      version,
      role,
      digest: live.identity.digest,
      state,
      since: new Date(live.sinceMs).toISOString(),
      requests: live.requests,
      errors: live.errors,
      ...(p95Ms === null ? {} : { latencyP95Ms: p95Ms }),
      warmupMs: live.warmupMs,
      ...(place === "own" ? { lane: place } : {}),
      ...(strikes > 0 ? { strikes } : {}),
      ...(isHeldBack ? { quarantinedUntil: new Date(quarantinedUntilMs).toISOString() } : {}),
    };
  }
}
