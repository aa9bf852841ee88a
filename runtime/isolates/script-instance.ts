import type { RevisionSettings } from "#schemas/types.ts";
import type { WireRequest, WireResponse } from "../sandbox/messages.ts";

/** What an instance is an instance of. Two with equal identity differ only in age. */
export interface InstanceIdentity {
  readonly script: string;
  readonly version: string;
  readonly role: string;
  readonly digest: string;
}

/** Why a script gave no response; the gateway turns each into a status. */
export type DispatchFailureCode =
  "script_error" | "script_timeout" | "memory_exceeded" | "overloaded" | "response_too_large" | "not_ready";

export type DispatchOutcome =
  | { readonly kind: "response"; readonly response: WireResponse }
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
  dispatch(request: WireRequest, options: DispatchOptions): Promise<DispatchOutcome>;
  heapUsedBytes(): Promise<number | null>;
  /** Settles when no request is left, or at the deadline. */
  drain(deadlineMs: number): Promise<void>;
  dispose(): void;
}
