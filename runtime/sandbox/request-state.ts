import type { BodyOwner } from "./body.ts";
import { readFlatHeaders } from "./flat-text.ts";
import type { HeadersGuard } from "./headers-guard.ts";
import type { LazyParts } from "./lazy.ts";
import type { Headers } from "./lazy/headers.ts";
import type { FetchRedirect, FlatHeaders, HeaderPairs } from "./messages.ts";

const NO_PAIRS: HeaderPairs = [];

/** What a request has beside its address, method, headers and body. Never changed in place. */
export interface RequestSettings {
  readonly mode: "same-origin" | "no-cors" | "cors" | "navigate";
  readonly credentials: "omit" | "same-origin" | "include";
  readonly cache: "default" | "no-store" | "reload" | "no-cache" | "force-cache" | "only-if-cached";
  readonly redirect: FetchRedirect;
  readonly referrer: string;
  readonly referrerPolicy: string;
  readonly integrity: string;
  readonly keepalive: boolean;
}

const DEFAULT_SETTINGS: RequestSettings = {
  mode: "cors",
  credentials: "same-origin",
  cache: "default",
  redirect: "follow",
  referrer: "about:client",
  referrerPolicy: "",
  integrity: "",
  keepalive: false,
};

export interface RequestState extends BodyOwner {
  method: string;
  url: string;
  /** Made at the first look; until then `pairs` says what it holds. */
  headers: Headers | null;
  pairs: HeaderPairs;
  /** What came from the host: its headers are taken apart when they are looked at. */
  flatHeaders: FlatHeaders | null;
  guard: HeadersGuard;
  /** What the request's own signal follows; the own signal is made at the first look. */
  followed: object | null;
  signal: object | null;
  settings: RequestSettings;
}

/** One literal: a class with these fields would be three functions to call, and dear where code is cold. */
export function freshState(method: string, url: string, flatHeaders: FlatHeaders | null): RequestState {
  return {
    method,
    url,
    body: null,
    headers: null,
    pairs: NO_PAIRS,
    flatHeaders,
    guard: flatHeaders === null ? "request" : "immutable",
    followed: null,
    signal: null,
    settings: DEFAULT_SETTINGS,
  };
}

export function makeHeaders(lazy: LazyParts, state: RequestState): Headers {
  const { flatHeaders, guard } = state;
  state.headers ??= lazy
    .use("headers")
    .fromPairs(flatHeaders === null ? state.pairs : readFlatHeaders(flatHeaders), guard);
  return state.headers;
}
