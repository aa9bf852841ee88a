import {
  bodyFromContent,
  cloneBody,
  extractBody,
  finishLater,
  includeBody,
  isUnusable,
  moveBody,
  takeContent,
  type BodyContent,
  type BodyOwner,
  type BodyState,
} from "./body.ts";
import {
  copyHeaders,
  fillHeaders,
  headerPairs,
  Headers,
  headersFromPairs,
  headerValue,
  setDefaultHeader,
  setHeadersGuard,
  type HeadersGuard,
} from "./headers.ts";
import type { LazyParts } from "./lazy.ts";
import type { FetchRedirect, HeaderPairs, WireRequest } from "./messages.ts";
import { parseUrl, type UrlParser } from "./url.ts";
import {
  isObject,
  requireArguments,
  shapeInterface,
  toByteString,
  toDictionary,
  toDomString,
  toEnum,
  toUsvString,
} from "./webidl.ts";
import { contentToWire, wireToContent } from "./wire-content.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALIZED_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const FORBIDDEN_METHODS = ["CONNECT", "TRACE", "TRACK"];
const NO_CORS_METHODS = ["GET", "HEAD", "POST"];
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const INTERNAL = Symbol("internal");
// A script has no page. What its relative addresses mean is for whoever gets the request.
const DEFAULT_BASE = "http://localhost/";

const NO_PAIRS: HeaderPairs = [];

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

class RequestState implements BodyOwner {
  method = "GET";
  url = "";
  body: BodyState | null = null;
  /** Made at the first look; until then `pairs` says what it holds. */
  headers: Headers | null = null;
  pairs: HeaderPairs = NO_PAIRS;
  /** What came from the host: its headers are taken apart when they are looked at. */
  wire: WireRequest | null = null;
  guard: HeadersGuard = "request";
  /** What the request's own signal follows; the own signal is made at the first look. */
  followed: object | null = null;
  signal: object | null = null;
  mode: (typeof MODES)[number] = "cors";
  credentials: (typeof CREDENTIALS)[number] = "same-origin";
  cache: (typeof CACHES)[number] = "default";
  redirect: FetchRedirect = "follow";
  referrer = "about:client";
  referrerPolicy: (typeof REFERRER_POLICIES)[number] = "";
  integrity = "";
  keepalive = false;

  contentType(): string | null {
    return headerValue(this.makeHeaders(), "content-type");
  }

  makeHeaders(): Headers {
    this.headers ??= headersFromPairs(this.wire?.headers ?? this.pairs, this.guard);
    return this.headers;
  }
}

export type RequestWorld = ReturnType<typeof makeRequestWorld>;

/** The address that relative ones are resolved against; undefined where a script has none, as is the rule. */
export function environmentBase(): string | undefined {
  const place: unknown = Reflect.get(globalThis, "location");
  const href: unknown = isObject(place) ? place["href"] : undefined;
  return typeof href === "string" ? href : undefined;
}

/** The web's Request, and how one crosses to and from the host. */
export function makeRequestWorld(lazy: LazyParts, urlParser: UrlParser) {
  let stateOf: (request: object) => RequestState;
  let isRequest: (value: unknown) => value is Request;

  class Request {
    readonly #state: RequestState;

    static {
      stateOf = (request) => (request as Request).#state;
      isRequest = (value): value is Request => isObject(value) && #state in value;
    }

    constructor(input: unknown, init: unknown = undefined) {
      if (input === INTERNAL && init instanceof RequestState) {
        this.#state = init;
        return;
      }
      requireArguments(arguments.length, 1, "Request");
      const source = isRequest(input) ? input.#state : null;
      const text = source === null ? toUsvString(input) : "";
      const given = readInit(lazy, init);
      const state = source === null ? stateFromUrl(urlParser, text) : copySettings(source);
      this.#state = state;
      applySettings(state, given, urlParser);
      applyHeaders(state, given, source);
      applyBody(lazy, state, given, source);
    }

    get method(): string {
      return this.#state.method;
    }
    get url(): string {
      return this.#state.url;
    }
    get headers(): Headers {
      return this.#state.makeHeaders();
    }
    get destination(): string {
      void this.#state;
      return "";
    }
    get referrer(): string {
      return this.#state.referrer;
    }
    get referrerPolicy(): string {
      return this.#state.referrerPolicy;
    }
    get mode(): string {
      return this.#state.mode;
    }
    get credentials(): string {
      return this.#state.credentials;
    }
    get cache(): string {
      return this.#state.cache;
    }
    get redirect(): string {
      return this.#state.redirect;
    }
    get integrity(): string {
      return this.#state.integrity;
    }
    get keepalive(): boolean {
      return this.#state.keepalive;
    }
    get isReloadNavigation(): boolean {
      void this.#state;
      return false;
    }
    get isHistoryNavigation(): boolean {
      void this.#state;
      return false;
    }
    get signal(): object {
      return signalOf(lazy, this.#state);
    }
    get duplex(): string {
      void this.#state;
      return "half";
    }

    clone(): Request {
      const state = this.#state;
      if (state.body !== null && isUnusable(lazy, state.body))
        throw new TypeError("Request.clone: the body has been read already, or is locked");
      const copy = copySettings(state);
      copy.guard = state.guard;
      copy.headers = copyHeaders(state.makeHeaders(), state.guard);
      copy.body = state.body === null ? null : cloneBody(lazy, state.body);
      copy.followed = signalOf(lazy, state);
      return new Request(INTERNAL, copy);
    }
  }

  includeBody(Request, lazy, (instance) => stateOf(instance));
  shapeInterface(Request, "Request");

  return {
    Request,
    isRequest: (value: unknown) => isRequest(value),
    fromWire: (wire: WireRequest): Request => new Request(INTERNAL, stateFromWire(wire)),
    /** For `fetch`: the request with its body taken. A promise only where the body is a stream. */
    toWire: (request: Request) => requestToWire(lazy, stateOf(request)),
    redirectOf: (request: Request): FetchRedirect => stateOf(request).redirect,
    /** What may abort the request, or null where nothing can. */
    signalOf: (request: Request): object | null => {
      const state = stateOf(request);
      return state.signal ?? state.followed;
    },
  };
}

function signalOf(lazy: LazyParts, state: RequestState): object {
  state.signal ??= lazy.use("events").follow(state.followed === null ? [] : [state.followed]);
  return state.signal;
}

function stateFromUrl(urlParser: UrlParser, text: string): RequestState {
  const parts =
    parseUrl(urlParser, text, undefined) ?? parseUrl(urlParser, text, environmentBase() ?? DEFAULT_BASE);
  if (parts === null) throw new TypeError(`Request: ${text.slice(0, 200)} is not a URL`);
  if (parts.username !== "" || parts.password !== "")
    throw new TypeError("Request: the URL carries credentials");
  const state = new RequestState();
  state.url = parts.href;
  return state;
}

function copySettings(source: RequestState): RequestState {
  return Object.assign(new RequestState(), source, {
    body: null,
    headers: null,
    pairs: NO_PAIRS,
    wire: null,
    guard: "request",
    followed: source.signal ?? source.followed,
    signal: null,
  });
}

/** The members of RequestInit, converted in the web's order. */
interface ReadInit {
  readonly isGiven: boolean;
  readonly body: { body: BodyState; contentType: string | null } | null | undefined;
  readonly cache: RequestState["cache"] | undefined;
  readonly credentials: RequestState["credentials"] | undefined;
  readonly duplex: "half" | undefined;
  readonly headers: Readonly<Record<PropertyKey, unknown>> | undefined;
  readonly integrity: string | undefined;
  readonly keepalive: boolean | undefined;
  readonly method: string | undefined;
  readonly mode: RequestState["mode"] | undefined;
  readonly redirect: FetchRedirect | undefined;
  readonly referrer: string | undefined;
  readonly referrerPolicy: RequestState["referrerPolicy"] | undefined;
  readonly signal: object | null | undefined;
}

function readInit(lazy: LazyParts, init: unknown): ReadInit {
  const given = toDictionary(init, "Request");
  const read = <T>(name: string, convert: (value: unknown) => T): T | undefined => {
    const value = given[name];
    return value === undefined ? undefined : convert(value);
  };
  const result: ReadInit = {
    isGiven: init !== undefined && init !== null,
    body: read("body", (value) => extractBody(lazy, value)),
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

function applySettings(state: RequestState, given: ReadInit, urlParser: UrlParser): void {
  if (given.mode === "navigate") throw new TypeError("Request: the mode cannot be navigate");
  if (given.isGiven && state.mode === "navigate") state.mode = "same-origin";
  if (given.referrer !== undefined) state.referrer = readReferrer(given.referrer, urlParser);
  state.referrerPolicy = given.referrerPolicy ?? state.referrerPolicy;
  state.mode = given.mode ?? state.mode;
  state.credentials = given.credentials ?? state.credentials;
  state.cache = given.cache ?? state.cache;
  state.redirect = given.redirect ?? state.redirect;
  state.integrity = given.integrity ?? state.integrity;
  state.keepalive = given.keepalive ?? state.keepalive;
  if (state.cache === "only-if-cached" && state.mode !== "same-origin")
    throw new TypeError("Request: only-if-cached needs the mode same-origin");
  if (given.method !== undefined) state.method = checkedMethod(given.method);
  if (state.mode === "no-cors") {
    if (!NO_CORS_METHODS.includes(state.method))
      throw new TypeError(`Request: ${state.method} is not a method of the mode no-cors`);
    state.guard = "no-cors";
  }
  if (given.signal !== undefined) state.followed = given.signal;
}

function applyHeaders(state: RequestState, given: ReadInit, source: RequestState | null): void {
  if (given.headers === undefined && source === null && state.guard === "request") return;
  const headers = new Headers();
  setHeadersGuard(headers, state.guard);
  if (given.headers !== undefined) fillHeaders(headers, given.headers);
  else if (source !== null)
    for (const [name, value] of headerPairs(source.makeHeaders())) headers.append(name, value);
  state.headers = headers;
}

function applyBody(lazy: LazyParts, state: RequestState, given: ReadInit, source: RequestState | null): void {
  const inherited = source?.body ?? null;
  const isBodyless = state.method === "GET" || state.method === "HEAD";
  if (isBodyless && ((given.body ?? null) !== null || (given.body === undefined && inherited !== null)))
    throw new TypeError(`A ${state.method} request has no body`);
  if (given.body !== undefined && given.body !== null) {
    const { body, contentType } = given.body;
    if (body.content === null && given.duplex === undefined)
      throw new TypeError("Request: a stream as the body needs duplex: half");
    if (body.content === null && state.keepalive)
      throw new TypeError("Request: a stream cannot outlive its page");
    if (contentType !== null) setDefaultHeader(state.makeHeaders(), "content-type", contentType);
    state.body = body;
  } else if (given.body === undefined && inherited !== null) {
    if (isUnusable(lazy, inherited))
      throw new TypeError("Request: the body has been read already, or is locked");
    state.body = moveBody(lazy, inherited);
  }
}

function readReferrer(text: string, urlParser: UrlParser): string {
  if (text === "") return "";
  const base = environmentBase() ?? DEFAULT_BASE;
  const parts = parseUrl(urlParser, text, base);
  if (parts === null) throw new TypeError("Request: the referrer is not a URL");
  const isOwn = parts.origin === parseUrl(urlParser, base, undefined)?.origin;
  return isOwn ? parts.href : "about:client";
}

function checkedMethod(method: string): string {
  const upper = method.toUpperCase();
  if (!TOKEN.test(method) || FORBIDDEN_METHODS.includes(upper))
    throw new TypeError(`Request: ${method} is not an allowed method`);
  return NORMALIZED_METHODS.includes(upper) ? upper : method;
}

function stateFromWire(wire: WireRequest): RequestState {
  const state = new RequestState();
  state.method = wire.method;
  state.url = wire.url;
  state.wire = wire;
  state.guard = "immutable";
  const content = wire.method === "GET" || wire.method === "HEAD" ? null : wireToContent(wire.body);
  if (content !== null) state.body = bodyFromContent(content);
  return state;
}

function requestToWire(lazy: LazyParts, state: RequestState): WireRequest | Promise<WireRequest> {
  const finish = (content: BodyContent | null): WireRequest => {
    const body = contentToWire(content, BODY_BYTES_MAX);
    if (body === null) throw new TypeError(`fetch: the body is over ${BODY_BYTES_MAX} bytes`);
    return { method: state.method, url: state.url, headers: headerPairs(state.makeHeaders()), body };
  };
  const content = takeContent(lazy, state.body);
  return content instanceof Promise ? finishLater(content, finish) : finish(content);
}
