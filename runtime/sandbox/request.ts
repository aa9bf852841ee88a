import { AbortSignal } from "./abort.ts";
import { Body, BodyHandle, contentToWire, readBodyInit, wireToContent, type BodyInit } from "./body.ts";
import { Headers, type HeadersInit } from "./headers.ts";
import type { FetchRedirect, WireRequest } from "./messages.ts";

export interface RequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit;
  readonly redirect?: FetchRedirect;
  readonly signal?: AbortSignal | null;
}

export type RequestClass = ReturnType<typeof makeRequestClass>;
export type SandboxRequest = InstanceType<RequestClass>;

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const STANDARD_METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const FORBIDDEN_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** Makes the sandbox's Request class. `absoluteUrl` throws a TypeError for what is no absolute URL. */
export function makeRequestClass(absoluteUrl: (text: string) => string) {
  return class Request extends Body {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly redirect: FetchRedirect;
    readonly signal: AbortSignal;

    constructor(input: unknown, init: RequestInit = {}) {
      const source = input instanceof Request ? input : null;
      const method = checkedMethod(init.method ?? source?.method ?? "GET");
      const { content, contentType } = readBodyInit(init.body === undefined ? source?.body : init.body);
      if (content.kind !== "none" && (method === "GET" || method === "HEAD")) {
        throw new TypeError(`A ${method} request has no body`);
      }
      super(content);
      this.method = method;
      this.url = source === null ? absoluteUrl(String(input)) : source.url;
      this.headers = new Headers(init.headers ?? source?.headers);
      if (contentType !== null && !this.headers.has("content-type"))
        this.headers.set("content-type", contentType);
      this.redirect = checkedRedirect(init.redirect ?? source?.redirect ?? "follow");
      this.signal = init.signal ?? source?.signal ?? new AbortSignal();
    }

    clone(): Request {
      const { method, headers, redirect, signal } = this;
      return new Request(this.url, { method, headers, redirect, signal, body: copyBody(this) });
    }
  };
}

export function requestFromWire(Request: RequestClass, wire: WireRequest): SandboxRequest {
  const isBodyless = wire.method === "GET" || wire.method === "HEAD" || wire.body.kind === "none";
  return new Request(wire.url, {
    method: wire.method,
    headers: wire.headers,
    body: isBodyless ? null : new BodyHandle(new Body(wireToContent(wire.body))),
  });
}

export function requestToWire(request: SandboxRequest): WireRequest {
  const body = contentToWire(request.takeContent(), BODY_BYTES_MAX);
  if (body === null) throw new TypeError(`fetch: the body is over ${BODY_BYTES_MAX} bytes`);
  return { method: request.method, url: request.url, headers: [...request.headers], body };
}

/** A second body with the same content, or null for none. */
export function copyBody(body: Body): BodyHandle | null {
  const content = body.copyContent();
  return content.kind === "none" ? null : new BodyHandle(new Body(content));
}

function checkedMethod(method: unknown): string {
  const text = String(method);
  const upper = text.toUpperCase();
  if (!METHOD.test(text) || FORBIDDEN_METHODS.has(upper))
    throw new TypeError(`${text} is not an allowed method`);
  return STANDARD_METHODS.has(upper) ? upper : text;
}

function checkedRedirect(redirect: unknown): FetchRedirect {
  if (redirect === "follow" || redirect === "error" || redirect === "manual") return redirect;
  throw new TypeError(`${String(redirect)} is not a redirect mode`);
}
