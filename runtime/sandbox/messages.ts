/** Header names and values in order; a name may come up more than once only for set-cookie. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/**
 * Header names and values in order, each followed by a line feed, which neither may hold: "name\nvalue\n…". One
 * string crosses much faster than pairs, and most are never looked at.
 */
export type FlatHeaders = string;

/** Text when the bytes are UTF-8, base64 otherwise, so that messages stay plain strings. */
export type WireBody =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "base64"; readonly base64: string };

export interface WireRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly body: WireBody;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: HeaderPairs;
  readonly body: WireBody;
}

/** What a script's `fetch` got, with the address after redirects. */
export type WireFetchReply =
  | { readonly ok: true; readonly response: WireResponse; readonly url: string; readonly redirected: boolean }
  | { readonly ok: false; readonly message: string };

export type FetchRedirect = "follow" | "error" | "manual";

/** Where a call goes: out of the node, or to another script of the same region. */
export type FetchTarget = { readonly kind: "network" } | { readonly kind: "script"; readonly name: string };

/** Text of an error, read inside the sandbox where a hostile getter is under the time limit. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Sandbox to host, beside responses, which are flat text (dispatch.ts). Everything in it is written by, or under the
 * hands of, the script: the host checks it.
 */
export type SandboxMessage =
  | { readonly type: "started" }
  | { readonly type: "noHandler" }
  | { readonly type: "failure"; readonly id: number; readonly error: WireError }
  | { readonly type: "tooLarge"; readonly id: number }
  | {
      readonly type: "log";
      readonly requestId: string | null;
      readonly level: LogLevel;
      readonly text: string;
    }
  | {
      readonly type: "fetch";
      readonly call: number;
      readonly request: WireRequest;
      readonly redirect: FetchRedirect;
      readonly target: FetchTarget;
    }
  | { readonly type: "timerSet"; readonly timer: number; readonly delayMs: number }
  | { readonly type: "timerClear"; readonly timer: number };

/** What the host tells a sandbox once, before the script is loaded. */
export interface SandboxConfig {
  /** Becomes the `env` argument of the handler. */
  readonly env: {
    readonly script: string;
    readonly version: string;
    readonly revision: string;
    readonly region: string;
    readonly node: string;
    readonly secrets: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, string | number | boolean>>;
  };
  readonly responseBytesMax: number;
}
