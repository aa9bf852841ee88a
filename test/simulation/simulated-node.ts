import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type {
  Digest,
  InstanceReport,
  NodeReport,
  RegionDocument,
  RegionScript,
  SeriesReport,
} from "#schemas/types.ts";
import { parsedDocument } from "./parsed-document.ts";
import type { Random } from "./random.ts";
import { type Behaviour, behaviourOfDigest } from "./revisions.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a node can ask of the control plane; null stands for no answer. */
export interface NodeApi {
  register(node: SimulatedNode): { readonly slot: number } | null;
  document(node: SimulatedNode): RegionDocumentRecord | null;
  hasBundle(node: SimulatedNode, digest: Digest): boolean | null;
  report(node: SimulatedNode, report: NodeReport): void;
}

export interface NodePace {
  readonly provisionMs: number;
  readonly warmupMs: number;
  /** Requests a second that the node answers, by `<script>@<version>`. */
  readonly requestsPerSecond: ReadonlyMap<string, number>;
}

/** What a node just did; keys are `<script>@<version>`. */
export type NodeChange =
  | { readonly kind: "boots" | "isKilled" }
  | { readonly kind: "takes"; readonly generation: number }
  /** In one step. */
  | { readonly kind: "serves"; readonly keys: readonly string[] }
  | { readonly kind: "letsGo"; readonly key: string }
  | { readonly kind: "cannotWarmUp"; readonly key: string; readonly digest: Digest };

interface Serving {
  readonly digest: Digest;
  readonly sinceMs: number;
}

/** What every report about one serving instance says again. */
interface ServingText {
  readonly script: string;
  readonly version: string;
  readonly since: string;
  readonly behaviour: Behaviour;
  /** The node's clock was off by so much then. */
  readonly clockOffsetMs: number;
}

interface Candidate {
  readonly digest: Digest;
  state: "provisioning" | "warming" | "ready" | "failed";
  readonly sinceMs: number;
  error: string | null;
}

const reportEveryMs = 5_000;
const pollEveryMs = 30_000;
const retryMs = 2_000;
const removePctMax = 20;
/** What an overloaded or failing revision looks like in reports. */
const latencyMs = { usual: 40, slow: 900 };

/**
 * One runtime node: takes region documents as the real one does (never an older one, nothing absurd), keeps what it
 * needs on disk, gets a revision ready beside the one that serves, and reports. A kill loses all but the disk.
 */
export class SimulatedNode {
  readonly id: string;
  readonly region: string;
  slot: number | null = null;
  isUp = false;
  hasFullDisk = false;
  /** Whether most of its requests fail for a reason of their own. */
  isInTrouble = false;
  clockOffsetMs = 0;
  /** The document in force, on disk. */
  document: RegionDocument | null = null;
  etag: string | null = null;
  readonly serving = new Map<string, Serving>();
  readonly #servingTexts = new WeakMap<Serving, ServingText>();
  readonly #candidates = new Map<string, Candidate>();
  /** On disk: bundles, and what served last. */
  readonly #bundles = new Set<Digest>();
  readonly #lastServed = new Map<string, Digest>();
  readonly #problems: string[] = [];
  #boot = 0;
  #sequence = 0;

  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #api: NodeApi;
  readonly #pace: NodePace;
  readonly #changed: (node: SimulatedNode, change: NodeChange) => void;

  constructor(
    id: string,
    region: string,
    parts: {
      readonly time: VirtualTime;
      readonly random: Random;
      readonly api: NodeApi;
      readonly pace: NodePace;
      readonly changed: (node: SimulatedNode, change: NodeChange) => void;
    },
  ) {
    this.id = id;
    this.region = region;
    this.#time = parts.time;
    this.#random = parts.random;
    this.#api = parts.api;
    this.#pace = parts.pace;
    this.#changed = parts.changed;
  }

  /** Puts a revision on the disk as if it had served before. */
  preload(key: string, digest: Digest): void {
    this.#bundles.add(digest);
    this.#lastServed.set(key, digest);
  }

  boot(): void {
    this.#boot += 1;
    this.#sequence = 0;
    this.isUp = true;
    // From the last known good: it serves before it has heard of anybody.
    for (const [key, digest] of this.#lastServed) {
      this.serving.set(key, { digest, sinceMs: this.#time.nowMs });
    }
    const boot = this.#boot;
    this.#changed(this, { kind: "boots" });
    this.#register(boot);
    this.#every(boot, reportEveryMs, () => this.#report());
    this.#every(boot, pollEveryMs, () => this.fetchSoon());
    if (this.document) this.#converge();
    this.fetchSoon();
  }

  kill(): void {
    this.isUp = false;
    this.serving.clear();
    this.#candidates.clear();
    this.#changed(this, { kind: "isKilled" });
  }

  /** Looks for a newer document shortly. */
  fetchSoon(): void {
    this.#later(this.#random.between(20, 300), () => {
      const record = this.#api.document(this);
      if (record && record.etag !== this.etag) this.#take(record);
    });
  }

  registerAgain(): void {
    this.#register(this.#boot);
  }

  wanted(key: string): Digest | null {
    const script = this.document?.scripts.find((one) => `${one.name}@${one.version}` === key);
    return script ? this.#wantedOf(script) : null;
  }

  #register(boot: number): void {
    if (boot !== this.#boot || !this.isUp) return;
    const answer = this.#api.register(this);
    if (answer) {
      this.slot = answer.slot;
      this.#converge();
      this.#report();
      return;
    }
    this.#later(this.#random.between(500, 3_000), () => this.#register(boot));
  }

  #take(record: RegionDocumentRecord): void {
    const document = parsedDocument(record);
    const current = this.document;
    if (record.signature.length === 0) return this.#refuse("the signature does not hold");
    if (current) {
      const falls =
        document.epoch < current.epoch ||
        (document.epoch === current.epoch && document.generation < current.generation);
      if (falls) return this.#refuse("the generation falls");
      if (removesTooMuch(current, document)) return this.#refuse("too many scripts are removed");
    }
    if (this.hasFullDisk) return this.#refuse("the disk is full");
    this.document = document;
    this.etag = record.etag;
    this.#changed(this, { kind: "takes", generation: document.generation });
    this.#converge();
    this.#report();
  }

  #refuse(message: string): void {
    if (this.#problems.at(-1) !== message) this.#problems.push(message);
    if (this.#problems.length > 20) this.#problems.shift();
  }

  #wantedOf(script: RegionScript): Digest | null {
    const slot = this.slot;
    if (slot === null) return null;
    const instance = script.instances.find((one) => one.role === "stable" && one.nodesPct > slot);
    return instance?.digest ?? null;
  }

  /** Gets ready what the document wants here and does not serve yet, and lets go of what it does not name. */
  #converge(): void {
    const { document } = this;
    if (!document || this.slot === null) return;
    const named = new Set<string>();
    for (const script of document.scripts) {
      const key = `${script.name}@${script.version}`;
      named.add(key);
      const wanted = this.#wantedOf(script);
      const candidate = this.#candidates.get(key);
      if (wanted === null || this.serving.get(key)?.digest === wanted) {
        this.#candidates.delete(key);
      } else if (candidate?.digest !== wanted) {
        this.#candidates.set(key, {
          digest: wanted,
          state: "provisioning",
          sinceMs: this.#time.nowMs,
          error: null,
        });
        this.#provision(key, wanted);
      }
    }
    for (const key of this.serving.keys()) {
      if (named.has(key)) continue;
      this.serving.delete(key);
      this.#lastServed.delete(key);
      this.#changed(this, { kind: "letsGo", key });
    }
    this.#switchReady();
  }

  #provision(key: string, digest: Digest): void {
    const isOnDisk = this.#bundles.has(digest);
    const goOn = () => {
      const candidate = this.#candidates.get(key);
      if (candidate?.digest !== digest || candidate.state !== "provisioning") return;
      if (!isOnDisk && (this.#api.hasBundle(this, digest) !== true || this.hasFullDisk)) {
        this.#later(this.#random.between(retryMs / 2, retryMs), goOn);
        return;
      }
      this.#bundles.add(digest);
      candidate.state = "warming";
      this.#later(this.#random.spread(this.#pace.warmupMs), () => this.#warmed(key, digest));
    };
    this.#later(isOnDisk ? 50 : this.#random.spread(this.#pace.provisionMs), goOn);
  }

  #warmed(key: string, digest: Digest): void {
    const candidate = this.#candidates.get(key);
    if (candidate?.digest !== digest || candidate.state !== "warming") return;
    const behaviour = behaviourOfDigest(digest);
    if (behaviour === "failsWarmup") {
      candidate.state = "failed";
      candidate.error = "the warm-up was answered with 500";
      this.#changed(this, { kind: "cannotWarmUp", key, digest });
      this.#report();
      return;
    }
    candidate.state = "ready";
    this.#switchReady();
  }

  /** Switches what is ready; members of a group only together. */
  #switchReady(): void {
    const bound = new Map<string, readonly string[]>();
    for (const { scripts } of this.document?.groups ?? []) for (const key of scripts) bound.set(key, scripts);
    const isSettled = (key: string) =>
      !this.#candidates.has(key) || this.#candidates.get(key)?.state === "ready";
    // Switching one takes its whole group out of the candidates.
    const keys = [...this.#candidates.keys()];
    for (const key of keys) {
      const candidate = this.#candidates.get(key);
      if (candidate?.state !== "ready") continue;
      const together = bound.get(key) ?? [key];
      if (!together.every(isSettled)) continue;
      this.#switch(together);
    }
  }

  #switch(keys: readonly string[]): void {
    const switched: string[] = [];
    for (const key of keys) {
      const candidate = this.#candidates.get(key);
      if (!candidate) continue;
      this.#candidates.delete(key);
      this.serving.set(key, { digest: candidate.digest, sinceMs: this.#time.nowMs });
      if (!this.hasFullDisk) this.#lastServed.set(key, candidate.digest);
      switched.push(key);
    }
    this.#changed(this, { kind: "serves", keys: switched });
    this.#report();
  }

  #report(): void {
    this.#sequence += 1;
    const { nowMs } = this.#time;
    this.#api.report(this, {
      schema: 1,
      node: this.id,
      region: this.region,
      bootId: `${this.id}-boot-${this.#boot}`,
      sequence: this.#sequence,
      reportedAt: new Date(nowMs + this.clockOffsetMs).toISOString(),
      state: "ready",
      document: this.document && {
        epoch: this.document.epoch,
        generation: this.document.generation,
        etag: this.etag ?? "",
        source: "control-plane",
      },
      instances: [...this.#servingReports(), ...this.#candidateReports()],
      // Only what a reader of alarms needs to see; without them the region is known to be well by nothing.
      ...(this.isInTrouble && { metrics: this.#troubleReports() }),
      problems: [],
    });
  }

  #servingReports(): InstanceReport[] {
    const reports: InstanceReport[] = [];
    for (const [key, serving] of this.serving) {
      const { digest, sinceMs } = serving;
      const { script, version, since, behaviour } = this.#servingText(key, serving);
      const rate = this.#pace.requestsPerSecond.get(key) ?? 0;
      const requests = Math.floor((rate * (this.#time.nowMs - sinceMs)) / 1_000);
      const errorShare = behaviour === "errors" ? 0.4 : behaviour === "crashes" ? 0.9 : 0.001;
      reports.push({
        script,
        version,
        role: "stable",
        digest,
        state: "serving",
        since,
        requests,
        errors: Math.floor(requests * errorShare),
        latencyP95Ms: behaviour === "slow" ? latencyMs.slow : latencyMs.usual,
      });
    }
    return reports;
  }

  #servingText(key: string, serving: Serving): ServingText {
    const { clockOffsetMs } = this;
    const known = this.#servingTexts.get(serving);
    if (known?.clockOffsetMs === clockOffsetMs) return known;
    const [script = "", version = ""] = key.split("@");
    const since = new Date(serving.sinceMs + clockOffsetMs).toISOString();
    const made = { script, version, since, behaviour: behaviourOfDigest(serving.digest), clockOffsetMs };
    this.#servingTexts.set(serving, made);
    return made;
  }

  #troubleReports(): SeriesReport[] {
    const startedAt = new Date(this.#time.nowMs + this.clockOffsetMs - 60_000).toISOString();
    return [...this.serving].map(([key, { digest }]) => {
      const [script = "", version = ""] = key.split("@");
      const requests = Math.ceil(60 * (this.#pace.requestsPerSecond.get(key) ?? 0));
      const errors = Math.ceil(0.8 * requests);
      const window = { startedAt, requests, errors, errorsByKind: {}, coldStarts: 0, warmups: 0, batches: 0 };
      return { script, version, role: "stable", digest, windows: [window] };
    });
  }

  #candidateReports(): InstanceReport[] {
    return [...this.#candidates].map(([key, { digest, state, sinceMs, error }]) => {
      const [script = "", version = ""] = key.split("@");
      return {
        script,
        version,
        role: "stable",
        digest,
        state: state === "ready" ? "warming" : state,
        since: new Date(sinceMs + this.clockOffsetMs).toISOString(),
        requests: 0,
        errors: 0,
        ...(error !== null && { error: { code: "warmup_failed", message: error } }),
      };
    });
  }

  #every(boot: number, everyMs: number, act: () => void): void {
    this.#later(everyMs * this.#random.between(0.9, 1.1), () => {
      if (boot !== this.#boot) return;
      act();
      this.#every(boot, everyMs, act);
    });
  }

  /** Unless the node is killed before. */
  #later(delayMs: number, act: () => void): void {
    const boot = this.#boot;
    this.#time.after(delayMs, () => {
      if (this.isUp && boot === this.#boot) act();
    });
  }
}

function removesTooMuch(before: RegionDocument, after: RegionDocument): boolean {
  const kept = new Set(after.scripts.map(({ name, version }) => `${name}@${version}`));
  const removed = before.scripts.filter(({ name, version }) => !kept.has(`${name}@${version}`)).length;
  return removed > 0 && (100 * removed) / before.scripts.length > removePctMax;
}
