import {
  bodyFromContent,
  cloneBody,
  finishLater,
  includeBody,
  isUnusable,
  takeContent,
  type BodyContent,
} from "./body.ts";
import type { LazyParts } from "./lazy.ts";
import type { Headers } from "./lazy/headers.ts";
import type { FetchRedirect, FlatHeaders, WireRequest } from "./messages.ts";
import { freshState, makeHeaders, type RequestState } from "./request-state.ts";
import { isObject, requireArguments, shapeInterface } from "./webidl.ts";
import { contentToWire } from "./wire-content.ts";

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const INTERNAL = Symbol("internal");

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
      if (input === INTERNAL) {
        this.#state = init as RequestState;
        return;
      }
      requireArguments(arguments.length, 1, "Request");
      const source = isRequest(input) ? input.#state : null;
      this.#state = lazy.use("request-init").build(freshState("GET", "", null), source, input, init);
    }

    get method(): string {
      return this.#state.method;
    }
    get url(): string {
      return this.#state.url;
    }
    get headers(): Headers {
      return makeHeaders(lazy, this.#state);
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
      const copy = freshState(state.method, state.url, null);
      copy.settings = state.settings;
      copy.guard = state.guard;
      copy.headers = lazy.use("headers").copy(makeHeaders(lazy, state), state.guard);
      copy.body = state.body === null ? null : cloneBody(lazy, state.body);
      copy.followed = signalOf(lazy, state);
      return new Request(INTERNAL, copy);
    }
  }

  includeBody(
    Request,
    lazy,
    (instance) => stateOf(instance),
    (state) => lazy.use("headers").value(makeHeaders(lazy, state), "content-type"),
  );
  shapeInterface(Request, "Request");

  return {
    Request,
    isRequest: (value: unknown) => isRequest(value),
    /** A request as the host sends it; its headers cannot be changed. */
    fromHost: (method: string, url: string, flatHeaders: FlatHeaders, body: BodyContent | null): Request => {
      const state = freshState(method, url, flatHeaders);
      if (body !== null && method !== "GET" && method !== "HEAD") state.body = bodyFromContent(body);
      return new Request(INTERNAL, state);
    },
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
      headers: lazy.use("headers").pairs(makeHeaders(lazy, state)),
      body,
    };
  };
  const content = takeContent(lazy, state.body, BODY_BYTES_MAX);
  return content instanceof Promise ? finishLater(content, finish) : finish(content);
}
