import type { RevisionSettings } from "#schemas/types.ts";
import type { FlatRequest, FlatResponse } from "./dispatch-codec.ts";

/** What an instance is an instance of. Two with equal identity differ only in age. */
export interface InstanceIdentity {
  readonly script: string;
  readonly version: string;
  readonly role: string;
  readonly digest: string;
}

/** Why a script gave no response; the gateway turns each into a status. */
export type DispatchFailureCode =
  | "script_error"
  | "script_timeout"
  | "cpu_exceeded"
  | "memory_exceeded"
  | "overloaded"
  | "response_too_large"
  | "not_ready"
  | "quarantined"
  | "worker_restarted";

export type DispatchOutcome =
  | { readonly kind: "response"; readonly response: FlatResponse }
  /** `message` is for logs and reports, with secrets struck out; clients do not get it. */
  | { readonly kind: "failure"; readonly code: DispatchFailureCode; readonly message: string };

export interface DispatchOptions {
  readonly requestId: string;
  /** Milliseconds for the whole request. */
  readonly wallMs: number;
}

/** A revision that can answer requests. How requests reach the isolate is its own affair. */
export interface ScriptInstance {
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  /** Calls back exactly once, after it has returned. */
  dispatch(request: FlatRequest, options: DispatchOptions, settle: (outcome: DispatchOutcome) => void): void;
}
