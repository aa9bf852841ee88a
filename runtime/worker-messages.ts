import type { RevisionSettings } from "#schemas/types.ts";
import type { EgressTarget } from "./isolates/egress-policy.ts";
import type { Strike } from "./isolates/isolate-instance.ts";
import type { FlatRequest } from "./isolates/dispatch-codec.ts";
import type { DispatchOptions, DispatchOutcome, InstanceIdentity } from "./isolates/script-instance.ts";
import type { WireFetchReply, WireRequest } from "./sandbox/messages.ts";
import type { SeriesDelta, SeriesGauges } from "./metrics/metrics-snapshot.ts";

/** What a worker is told once, before anything else. */
export interface WorkerSetup {
  readonly region: string;
  readonly node: string;
  readonly logLevel: string;
  /** The code that makes an empty isolate into a script's world. */
  readonly prelude: string;
  /** The parts of it that a script loads at first use, by name. */
  readonly preludeModules: Readonly<Record<string, string>>;
  /** The longest turn of any script in this worker, milliseconds of CPU. */
  readonly turnCpuMsMax: number;
  /** Whether it is there for one script alone. */
  readonly isOwnLane: boolean;
}

/** One version of a script that may be reached, with all that this node is to run of it. */
export interface WorkerRoute {
  readonly script: string;
  readonly version: string;
  readonly isDefault: boolean;
  /** Requests for it are refused. */
  readonly isKilled: boolean;
  readonly route: string;
  readonly variants: readonly WorkerVariant[];
}

export interface WorkerVariant {
  readonly role: string;
  readonly digest: string;
  readonly weight: number;
  readonly runId: string | null;
  readonly stickyBy: string | null;
  readonly expiresAtMs: number | null;
  /** Null until it serves. */
  readonly target: {
    /** The agent's number of it. */
    readonly instance: number;
    readonly settings: RevisionSettings;
    readonly standing: InstanceStanding;
  } | null;
}

/** What a script's conduct has brought it. */
export interface InstanceStanding {
  /** One that cost others their worker has a process of its own: requests for it go there by way of the agent. */
  readonly lane: "shared" | "own";
  /** Refused at once until then, milliseconds since the epoch; in the past for most. */
  readonly quarantinedUntilMs: number;
  /** How often it broke a limit or did other harm since the node started. */
  readonly strikes: number;
}

/** What one script's call to another came to. */
export interface CallAnswer {
  /** The script that was called, or "unknown" when there is none of that name. */
  readonly callee: string;
  readonly reply: WireFetchReply;
}

/** Agent to worker. Messages arrive in the order of their sending, so a route never precedes its instance. */
export type AgentMessage =
  | { readonly type: "setup"; readonly setup: WorkerSetup }
  | {
      readonly type: "provision";
      readonly instance: number;
      readonly identity: InstanceIdentity;
      /** The verified bundle. */
      readonly text: string;
      /** Those of this script alone. */
      readonly secrets: Readonly<Record<string, string>>;
      /** Compiled code that this node made, base64; null when there is none. */
      readonly codeCache: string | null;
    }
  /** The agent cannot provision it now. */
  | { readonly type: "unavailable"; readonly instance: number }
  | {
      readonly type: "routes";
      readonly generation: number;
      /** False until the first document is in force. */
      readonly hasDocument: boolean;
      readonly routes: readonly WorkerRoute[];
    }
  /** Public keys of the control plane, PEM, the newest first. */
  | { readonly type: "keys"; readonly pems: readonly string[] }
  | {
      readonly type: "egress";
      /** The fleet's list, of the document in force. */
      readonly fleetAllow: readonly string[];
      readonly denied: readonly EgressTarget[];
    }
  | { readonly type: "standing"; readonly instance: number; readonly standing: InstanceStanding }
  /** To a script's own worker: a request that another one took. */
  | {
      readonly type: "dispatch";
      readonly call: number;
      readonly instance: number;
      readonly request: FlatRequest;
      readonly options: DispatchOptions;
    }
  /** The answer to a relay. */
  | { readonly type: "relayed"; readonly call: number; readonly outcome: DispatchOutcome }
  /** To a worker that all share: what a script in a process of its own asks of another one. */
  | { readonly type: "call"; readonly call: number; readonly name: string; readonly request: WireRequest }
  /** The answer to a call. */
  | { readonly type: "called"; readonly call: number; readonly answer: CallAnswer }
  /** Let go of so many isolates that nobody has used for longest. */
  | { readonly type: "evict"; readonly count: number }
  /** The worker is to end itself: unlike a kill, that comes between two answers. */
  | { readonly type: "leave" }
  | { readonly type: "retire"; readonly instance: number; readonly drainMs: number }
  | { readonly type: "snapshot"; readonly ask: number }
  /** Comes with a socket. `slot` is where the ledger keeps its state. */
  | { readonly type: "connection"; readonly slot: number }
  | { readonly type: "drain" };

/** What an instance did in this worker since the last time it told. */
export interface InstanceSnapshot {
  readonly instance: number;
  readonly delta: SeriesDelta;
  readonly gauges: SeriesGauges;
}

/** Worker to agent. */
export type WorkerMessage =
  | { readonly type: "ready" }
  | { readonly type: "heartbeat" }
  | { readonly type: "provisioned"; readonly instance: number; readonly warmupMs: number }
  | {
      readonly type: "provisionFailed";
      readonly instance: number;
      readonly kind: "transient" | "terminal";
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "warming"; readonly instance: number }
  | { readonly type: "routesActive"; readonly generation: number }
  /** A request came for an instance that is not here, because of eviction, a restart or its death. */
  | { readonly type: "need"; readonly instance: number }
  | { readonly type: "strike"; readonly instance: number; readonly strike: Strike; readonly isDead: boolean }
  /** A request for a script that has a worker of its own. */
  | {
      readonly type: "relay";
      readonly call: number;
      readonly instance: number;
      readonly request: FlatRequest;
      readonly options: DispatchOptions;
    }
  | { readonly type: "dispatched"; readonly call: number; readonly outcome: DispatchOutcome }
  /** From a script's own worker: what it asks of another script. */
  | { readonly type: "call"; readonly call: number; readonly name: string; readonly request: WireRequest }
  | { readonly type: "called"; readonly call: number; readonly answer: CallAnswer }
  | { readonly type: "retired"; readonly instance: number }
  | { readonly type: "snapshot"; readonly ask: number; readonly instances: readonly InstanceSnapshot[] }
  | { readonly type: "closed"; readonly slots: readonly number[] }
  | { readonly type: "problem"; readonly code: string; readonly message: string }
  | { readonly type: "drained" };
