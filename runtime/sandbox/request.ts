import {
  bodyFromContent,
  cloneBody,
  finishLater,
  includeBody,
  isUnusable,
  takeContent,
  type BodyContent,
  type BodyOwner,
  type BodyState,
} from "./body.ts";
import type { HeadersGuard } from "./headers-guard.ts";
import type { LazyParts } from "./lazy.ts";
import type { Headers } from "./lazy/headers.ts";
import type { FetchRedirect, HeaderPairs, WireRequest } from "./messages.ts";
import { isObject, requireArguments, shapeInterface } from "./webidl.ts";
import { contentToWire, wireToContent } from "./wire-content.ts";

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const INTERNAL = Symbol("internal");
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

export class RequestState implements BodyOwner {
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
  settings = DEFAULT_SETTINGS;

  contentType(lazy: LazyParts): string | null {
    return lazy.use("headers").value(this.makeHeaders(lazy), "content-type");
  }

  makeHeaders(lazy: LazyParts): Headers {
    this.headers ??= lazy.use("headers").fromPairs(this.wire?.headers ?? this.pairs, this.guard);
    return this.headers;
  }
}

export type RequestWorld = ReturnType<typeof makeRequestWorld>;

/** The web's Request, and how one crosses to and from the host. */
export function makeRequestWorld(lazy: LazyParts) {
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
      this.#state = lazy.use("request-init").build(new RequestState(), source, input, init);
    }

    get method(): string {
      return this.#state.method;
    }
    get url(): string {
      return this.#state.url;
    }
    get headers(): Headers {
      return this.#state.makeHeaders(lazy);
    }
    get destination(): string {
      void this.#state;
      return "";
    }
    get referrer(): string {
      return this.#state.settings.referrer;
    }
    get referrerPolicy(): string {
      return this.#state.settings.referrerPolicy;
    }
    get mode(): string {
      return this.#state.settings.mode;
    }
    get credentials(): string {
      return this.#state.settings.credentials;
    }
    get cache(): string {
      return this.#state.settings.cache;
    }
    get redirect(): string {
      return this.#state.settings.redirect;
    }
    get integrity(): string {
      return this.#state.settings.integrity;
    }
    get keepalive(): boolean {
      return this.#state.settings.keepalive;
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
      const copy = new RequestState();
      copy.method = state.method;
      copy.url = state.url;
      copy.settings = state.settings;
      copy.guard = state.guard;
      copy.headers = lazy.use("headers").copy(state.makeHeaders(lazy), state.guard);
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
    fromWire: (wire: WireRequest): Request => new Request(INTERNAL, stateFromWire(lazy, wire)),
    /** For `fetch`: the request with its body taken; null for a body over 8 MiB. A promise only for a stream. */
    toWire: (request: Request) => requestToWire(lazy, stateOf(request)),
    redirectOf: (request: Request): FetchRedirect => stateOf(request).settings.redirect,
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

function stateFromWire(lazy: LazyParts, wire: WireRequest): RequestState {
  const state = new RequestState();
  state.method = wire.method;
  state.url = wire.url;
  state.wire = wire;
  state.guard = "immutable";
  const content = wire.method === "GET" || wire.method === "HEAD" ? null : wireToContent(lazy, wire.body);
  if (content !== null) state.body = bodyFromContent(content);
  return state;
}

function requestToWire(
  lazy: LazyParts,
  state: RequestState,
): WireRequest | null | Promise<WireRequest | null> {
  const finish = (content: BodyContent | null): WireRequest | null => {
    const body = contentToWire(lazy, content, BODY_BYTES_MAX);
    if (body === null) return null;
    return {
      method: state.method,
      url: state.url,
      headers: lazy.use("headers").pairs(state.makeHeaders(lazy)),
      body,
    };
  };
  const content = takeContent(lazy, state.body, BODY_BYTES_MAX);
  return content instanceof Promise ? finishLater(content, finish) : finish(content);
}
