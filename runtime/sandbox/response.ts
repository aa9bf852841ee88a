import {
  bodyFromContent,
  cloneBody,
  extractBody,
  finishLater,
  includeBody,
  isUnusable,
  takeContent,
  type BodyContent,
  type BodyOwner,
  type BodyState,
} from "./body.ts";
import { makeHeaderRecordReader, type ReadHeaderRecord } from "./header-record.ts";
import type { HeadersGuard } from "./headers-guard.ts";
import type { LazyParts } from "./lazy.ts";
import type { Headers } from "./lazy/headers.ts";
import type { HeaderPairs, WireFetchReply, WireResponse } from "./messages.ts";
import { environmentBase } from "./environment-base.ts";
import {
  isObject,
  requireArguments,
  shapeInterface,
  toByteString,
  toDictionary,
  toUnsignedShort,
  toUsvString,
} from "./webidl.ts";
import { contentToWire, wireToContent } from "./wire-content.ts";

const NULL_BODY_STATUSES = [101, 103, 204, 205, 304];
const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
const REASON_PHRASE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const TEXT_TYPE = "text/plain;charset=UTF-8";
const INTERNAL = Symbol("internal");
const NO_PAIRS: HeaderPairs = [];

/** `JSON.stringify` as it was before the script ran. */
const { stringify } = JSON;

interface ResponseState extends BodyOwner {
  /** Made at the first look; until then `pairs` says what it holds. */
  headers: Headers | null;
  /** Checked, with names in lower case. */
  pairs: HeaderPairs;
  guard: HeadersGuard;
  type: "default" | "error" | "basic";
  status: number;
  statusText: string;
  url: string;
  redirected: boolean;
}

/** One literal, as for requests. */
function freshState(): ResponseState {
  return {
    body: null,
    headers: null,
    pairs: NO_PAIRS,
    guard: "none",
    type: "default",
    status: 200,
    statusText: "",
    url: "",
    redirected: false,
  };
}

function makeHeaders(lazy: LazyParts, state: ResponseState): Headers {
  state.headers ??= lazy.use("headers").fromPairs(state.pairs, state.guard);
  return state.headers;
}

export type ResponseWorld = ReturnType<typeof makeResponseWorld>;

/** The web's Response, and how one crosses to the host. */
export function makeResponseWorld(lazy: LazyParts) {
  let stateOf: (response: object) => ResponseState;
  let isResponse: (value: unknown) => value is Response;
  let toRecord: (value: unknown, bytesMax: number) => string | null;
  const readHeaderRecord = makeHeaderRecordReader();

  class Response {
    readonly #state: ResponseState;

    static {
      stateOf = (response) => (response as Response).#state;
      isResponse = (value): value is Response => isObject(value) && #state in value;
      toRecord = (value, bytesMax) =>
        typeof value === "object" && value !== null && #state in value
          ? textRecord(value.#state, bytesMax)
          : null;
    }

    constructor(body: unknown = null, init: unknown = undefined) {
      if (body === INTERNAL) {
        this.#state = init as ResponseState;
        return;
      }
      const state = freshState();
      this.#state = state;
      if (typeof body === "string") {
        const content = body.isWellFormed() ? body : body.toWellFormed();
        initialize(lazy, readHeaderRecord, state, init, { content, stream: null, isUsed: false }, TEXT_TYPE);
        return;
      }
      const extracted = extractBody(lazy, body);
      initialize(
        lazy,
        readHeaderRecord,
        state,
        init,
        extracted?.body ?? null,
        extracted?.contentType ?? null,
      );
    }

    static error(): Response {
      const state = freshState();
      state.type = "error";
      state.status = 0;
      state.guard = "immutable";
      return new Response(INTERNAL, state);
    }

    static json(data: unknown, init: unknown = undefined): Response {
      requireArguments(arguments.length, 1, "Response.json");
      const text: unknown = stringify(data);
      if (typeof text !== "string") throw new TypeError("Response.json: the value has no JSON form");
      const state = freshState();
      const body = bodyFromContent(text.toWellFormed());
      initialize(lazy, readHeaderRecord, state, init, body, "application/json");
      return new Response(INTERNAL, state);
    }

    static redirect(url: unknown, status: unknown = 302): Response {
      requireArguments(arguments.length, 1, "Response.redirect");
      const parts = lazy.use("urls").parse(url, environmentBase());
      if (parts === null) throw new TypeError(`Response.redirect: ${toUsvString(url)} is not a URL`);
      const code = toUnsignedShort(status);
      if (!REDIRECT_STATUSES.includes(code))
        throw new RangeError(`Response.redirect: ${code} is not a redirect status`);
      const state = freshState();
      state.status = code;
      state.pairs = [["location", parts.href]];
      state.guard = "immutable";
      return new Response(INTERNAL, state);
    }

    get type(): string {
      return this.#state.type;
    }
    get url(): string {
      return this.#state.url;
    }
    get redirected(): boolean {
      return this.#state.redirected;
    }
    get status(): number {
      return this.#state.status;
    }
    get ok(): boolean {
      const { status } = this.#state;
      return status >= 200 && status <= 299;
    }
    get statusText(): string {
      return this.#state.statusText;
    }
    get headers(): Headers {
      return makeHeaders(lazy, this.#state);
    }

    clone(): Response {
      const state = this.#state;
      if (state.body !== null && isUnusable(lazy, state.body))
        throw new TypeError("Response.clone: the body has been read already, or is locked");
      const copy = Object.assign(freshState(), state, {
        body: state.body === null ? null : cloneBody(lazy, state.body),
        headers: lazy.use("headers").copy(makeHeaders(lazy, state), state.guard),
      });
      return new Response(INTERNAL, copy);
    }
  }

  includeBody(
    Response,
    lazy,
    (instance) => stateOf(instance),
    (state) => lazy.use("headers").value(makeHeaders(lazy, state), "content-type"),
  );
  shapeInterface(Response, "Response");

  return {
    Response,
    isResponse: (value: unknown) => isResponse(value),
    /** The quick way out for nearly all responses. Null for anything that needs a closer look, with nothing changed. */
    toRecord,
    /** Null when the body is longer than `bytesMax`. A promise only where the body is a stream. */
    toWire: (response: Response, bytesMax: number) => responseToWire(lazy, stateOf(response), bytesMax),
    fromWire: (reply: Extract<WireFetchReply, { ok: true }>): Response =>
      new Response(INTERNAL, stateFromWire(lazy, reply)),
  };
}

/** The web's "initialize a response". */
function initialize(
  lazy: LazyParts,
  readHeaderRecord: ReadHeaderRecord,
  state: ResponseState,
  init: unknown,
  body: BodyState | null,
  contentType: string | null,
): void {
  const given = toDictionary(init, "Response");
  const { headers } = given;
  if (headers !== undefined) initializeHeaders(lazy, readHeaderRecord, state, headers);
  const { status, statusText } = given;
  if (status !== undefined) state.status = toUnsignedShort(status);
  if (statusText !== undefined) state.statusText = toByteString(statusText);
  if (state.status < 200 || state.status > 599)
    throw new RangeError(`Response: ${state.status} is not a status from 200 to 599`);
  if (state.statusText !== "" && !REASON_PHRASE.test(state.statusText))
    throw new TypeError("Response: the status text is not a reason phrase");
  if (body === null) return;
  if (state.status !== 200 && NULL_BODY_STATUSES.includes(state.status))
    throw new TypeError(`A response with status ${state.status} has no body`);
  state.body = body;
  if (contentType !== null) setContentType(lazy, state, contentType);
}

/** Most responses get a plain object, whose pairs are all that is ever needed. */
function initializeHeaders(
  lazy: LazyParts,
  readHeaderRecord: ReadHeaderRecord,
  state: ResponseState,
  headers: unknown,
): void {
  if (!isObject(headers)) throw new TypeError("Response: the headers are not an object");
  const iterate = headers[Symbol.iterator];
  if (iterate === undefined || iterate === null) {
    state.pairs = readHeaderRecord(headers);
    return;
  }
  const { fill, fromPairs } = lazy.use("headers");
  state.headers = fromPairs(NO_PAIRS, "none");
  fill(state.headers, headers, iterate);
}

function setContentType(lazy: LazyParts, state: ResponseState, contentType: string): void {
  if (state.headers !== null) {
    lazy.use("headers").setDefault(state.headers, "content-type", contentType);
    return;
  }
  const { pairs } = state;
  for (let at = 0; at < pairs.length; at += 1) if (pairs[at]?.[0] === "content-type") return;
  state.pairs =
    pairs.length === 0 ? [["content-type", contentType]] : [...pairs, ["content-type", contentType]];
}

// What goes out at once, without the outbox's measuring.
const QUICK_LENGTH_MAX = 8192;

/** The rest of a response's record behind its number, when it is a short text and nobody looked at the headers. */
function textRecord(state: ResponseState, bytesMax: number): string | null {
  const { body, pairs } = state;
  if (
    state.headers !== null ||
    state.type === "error" ||
    body === null ||
    body.stream !== null ||
    body.isUsed
  )
    return null;
  const { content } = body;
  if (typeof content !== "string" || content.length > QUICK_LENGTH_MAX) return null;
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (content.length * 3 > bytesMax) return null;
  let headers = "";
  for (let at = 0; at < pairs.length; at += 1) headers += `${pairs[at]?.[0]}\n${pairs[at]?.[1]}\n`;
  body.isUsed = true;
  return `${state.status}\n${headers.length}\nt${content.length}\n${headers}${content}`;
}

function responseToWire(
  lazy: LazyParts,
  state: ResponseState,
  bytesMax: number,
): WireResponse | null | Promise<WireResponse | null> {
  const { body, pairs, status } = state;
  if (state.type === "error") throw new TypeError("The handler returned Response.error()");
  const finish = (content: BodyContent | null): WireResponse | null => {
    const wireBody = contentToWire(lazy, content, bytesMax);
    const headers = state.headers === null ? pairs : lazy.use("headers").pairs(state.headers);
    return wireBody === null ? null : { status, headers, body: wireBody };
  };
  const content = takeContent(lazy, body, bytesMax);
  return content instanceof Promise ? finishLater(content, finish) : finish(content);
}

function stateFromWire(lazy: LazyParts, reply: Extract<WireFetchReply, { ok: true }>): ResponseState {
  const { status, headers, body } = reply.response;
  const state = freshState();
  const content = NULL_BODY_STATUSES.includes(status) ? null : wireToContent(lazy, body);
  // What came by the network has a body even where it is empty, except where its status forbids one.
  if (!NULL_BODY_STATUSES.includes(status)) state.body = bodyFromContent(content ?? "");
  state.type = "basic";
  state.status = status;
  state.pairs = headers;
  state.guard = "immutable";
  state.url = reply.url.split("#")[0] ?? "";
  state.redirected = reply.redirected;
  return state;
}
