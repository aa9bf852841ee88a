import { extractBody, isUnusable, moveBody, type BodyState } from "../body.ts";
import { environmentBase } from "../environment-base.ts";
import type { LazyParts } from "../lazy.ts";
import { makeHeaders, type RequestSettings, type RequestState } from "../request-state.ts";
import { isObject, toByteString, toDictionary, toDomString, toEnum, toUsvString } from "../webidl.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALIZED_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const FORBIDDEN_METHODS = ["CONNECT", "TRACE", "TRACK"];
const NO_CORS_METHODS = ["GET", "HEAD", "POST"];
// A script has no page. What its relative addresses mean is for whoever gets the request.
const DEFAULT_BASE = "http://localhost/";

const MODES = ["same-origin", "no-cors", "cors", "navigate"] as const;
const CREDENTIALS = ["omit", "same-origin", "include"] as const;
const CACHES = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"] as const;
const REDIRECTS = ["follow", "error", "manual"] as const;
const PRIORITIES = ["high", "low", "auto"] as const;
const REFERRER_POLICIES = [
  "",
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
] as const;

/** What `new Request` does. */
export function load(lazy: LazyParts) {
  return {
    /** Fills in the fresh state. `source` is the request that it is made from, if it is made from one. */
    build: (
      state: RequestState,
      source: RequestState | null,
      input: unknown,
      init: unknown,
    ): RequestState => {
      const text = source === null ? toUsvString(input) : "";
      const given = readInit(lazy, init);
      if (source === null) state.url = readUrl(lazy, text);
      else copySource(state, source);
      applySettings(lazy, state, given);
      applyHeaders(lazy, state, given, source);
      applyBody(lazy, state, given, source);
      return state;
    },
    /** Whether `fetch` can tell where the address leads to. */
    isAbsolute: (input: unknown): boolean => lazy.use("urls").parse(input, environmentBase()) !== null,
  };
}

function readUrl(lazy: LazyParts, text: string): string {
  const { parse } = lazy.use("urls");
  const parts = parse(text, undefined) ?? parse(text, environmentBase() ?? DEFAULT_BASE);
  if (parts === null) throw new TypeError(`Request: ${text.slice(0, 200)} is not a URL`);
  if (parts.username !== "" || parts.password !== "")
    throw new TypeError("Request: the URL carries credentials");
  return parts.href;
}

function copySource(state: RequestState, source: RequestState): void {
  state.method = source.method;
  state.url = source.url;
  state.settings = source.settings;
  state.followed = source.signal ?? source.followed;
}

/** The members of RequestInit, converted in the web's order. */
interface ReadInit {
  /** Null where it is missing too: a request that is made from another one then takes over its body. */
  readonly body: { body: BodyState; contentType: string | null } | null;
  readonly cache: RequestSettings["cache"] | undefined;
  readonly credentials: RequestSettings["credentials"] | undefined;
  readonly duplex: "half" | undefined;
  readonly headers: Readonly<Record<PropertyKey, unknown>> | undefined;
  readonly integrity: string | undefined;
  readonly keepalive: boolean | undefined;
  readonly method: string | undefined;
  readonly mode: RequestSettings["mode"] | undefined;
  readonly redirect: RequestSettings["redirect"] | undefined;
  readonly referrer: string | undefined;
  readonly referrerPolicy: string | undefined;
  readonly signal: object | null | undefined;
}

function readInit(lazy: LazyParts, init: unknown): ReadInit {
  const given = toDictionary(init, "Request");
  const read = <T>(name: string, convert: (value: unknown) => T): T | undefined => {
    const value = given[name];
    return value === undefined ? undefined : convert(value);
  };
  const result: ReadInit = {
    body: read("body", (value) => extractBody(lazy, value)) ?? null,
    cache: read("cache", (value) => toEnum(value, CACHES, "cache")),
    credentials: read("credentials", (value) => toEnum(value, CREDENTIALS, "credentials")),
    duplex: read("duplex", (value) => toEnum(value, ["half"], "duplex")),
    headers: read("headers", (value) => {
      if (!isObject(value)) throw new TypeError("Request: the headers are not an object");
      return value;
    }),
    integrity: read("integrity", toDomString),
    keepalive: read("keepalive", Boolean),
    method: read("method", toByteString),
    mode: read("mode", (value) => toEnum(value, MODES, "mode")),
    redirect: read("redirect", (value) => toEnum(value, REDIRECTS, "redirect")),
    referrer: read("referrer", toUsvString),
    referrerPolicy: read("referrerPolicy", (value) => toEnum(value, REFERRER_POLICIES, "referrerPolicy")),
    signal: read("signal", (value) => {
      if (value === null || (isObject(value) && lazy.peek("events")?.isSignal(value) === true)) return value;
      throw new TypeError("Request: the signal is no AbortSignal");
    }),
  };
  read("priority", (value) => toEnum(value, PRIORITIES, "priority"));
  const { window } = given;
  if (window !== undefined && window !== null) throw new TypeError("Request: window can only be null");
  return result;
}

function applySettings(lazy: LazyParts, state: RequestState, given: ReadInit): void {
  if (given.mode === "navigate") throw new TypeError("Request: the mode cannot be navigate");
  const before = state.settings;
  const referrer = given.referrer === undefined ? before.referrer : readReferrer(lazy, given.referrer);
  const settings: RequestSettings = {
    mode: given.mode ?? before.mode,
    credentials: given.credentials ?? before.credentials,
    cache: given.cache ?? before.cache,
    redirect: given.redirect ?? before.redirect,
    referrer,
    referrerPolicy: given.referrerPolicy ?? before.referrerPolicy,
    integrity: given.integrity ?? before.integrity,
    keepalive: given.keepalive ?? before.keepalive,
  };
  if (settings.cache === "only-if-cached" && settings.mode !== "same-origin")
    throw new TypeError("Request: only-if-cached needs the mode same-origin");
  if (given.method !== undefined) state.method = checkedMethod(given.method);
  if (settings.mode === "no-cors") {
    if (!NO_CORS_METHODS.includes(state.method))
      throw new TypeError(`Request: ${state.method} is not a method of the mode no-cors`);
    state.guard = "no-cors";
  }
  state.settings = settings;
  if (given.signal !== undefined) state.followed = given.signal;
}

function applyHeaders(
  lazy: LazyParts,
  state: RequestState,
  given: ReadInit,
  source: RequestState | null,
): void {
  if (given.headers === undefined && source === null && state.guard === "request") return;
  const { fill, fromPairs, pairs } = lazy.use("headers");
  const headers = fromPairs([], state.guard);
  if (given.headers !== undefined) fill(headers, given.headers);
  else if (source !== null)
    for (const [name, value] of pairs(makeHeaders(lazy, source))) headers.append(name, value);
  state.headers = headers;
}

function applyBody(lazy: LazyParts, state: RequestState, given: ReadInit, source: RequestState | null): void {
  const inherited = source?.body ?? null;
  const isBodyless = state.method === "GET" || state.method === "HEAD";
  if (isBodyless && (given.body !== null || inherited !== null))
    throw new TypeError(`A ${state.method} request has no body`);
  if (given.body !== null) {
    const { body, contentType } = given.body;
    if (body.content === null && given.duplex === undefined)
      throw new TypeError("Request: a stream as the body needs duplex: half");
    if (body.content === null && state.settings.keepalive)
      throw new TypeError("Request: a stream cannot outlive its page");
    if (contentType !== null)
      lazy.use("headers").setDefault(makeHeaders(lazy, state), "content-type", contentType);
    state.body = body;
  } else if (inherited !== null) {
    if (isUnusable(lazy, inherited))
      throw new TypeError("Request: the body has been read already, or is locked");
    state.body = moveBody(lazy, inherited);
  }
}

function readReferrer(lazy: LazyParts, text: string): string {
  if (text === "") return "";
  const { parse } = lazy.use("urls");
  const base = environmentBase() ?? DEFAULT_BASE;
  const parts = parse(text, base);
  if (parts === null) throw new TypeError("Request: the referrer is not a URL");
  return parts.origin === parse(base, undefined)?.origin ? parts.href : "about:client";
}

function checkedMethod(method: string): string {
  const upper = method.toUpperCase();
  if (!TOKEN.test(method) || FORBIDDEN_METHODS.includes(upper))
    throw new TypeError(`Request: ${method} is not an allowed method`);
  return NORMALIZED_METHODS.includes(upper) ? upper : method;
}
