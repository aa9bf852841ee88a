import { Body, BodyHandle, contentToWire, readBodyInit, wireToContent, type BodyInit } from "./body.ts";
import { Headers, type HeadersInit } from "./headers.ts";
import type { WireFetchReply, WireResponse } from "./messages.ts";
import { copyBody } from "./request.ts";
import { toText } from "./to-text.ts";

export interface ResponseInit {
  readonly status?: unknown;
  readonly statusText?: unknown;
  readonly headers?: HeadersInit;
}

const NULL_BODY_STATUSES = new Set([204, 205, 304]);
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** Set on what `fetch` gives. */
  url = "";
  redirected = false;

  constructor(init?: BodyInit, options: ResponseInit = {}) {
    const status = options.status === undefined ? 200 : Number(options.status);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`${toText(options.status)} is not a status from 200 to 599`);
    }
    const { content, contentType } = readBodyInit(init);
    if (content.kind !== "none" && NULL_BODY_STATUSES.has(status)) {
      throw new TypeError(`A response with status ${status} has no body`);
    }
    super(content);
    this.status = status;
    this.statusText = options.statusText === undefined ? "" : toText(options.statusText);
    this.headers = new Headers(options.headers);
    if (contentType !== null && !this.headers.has("content-type"))
      this.headers.set("content-type", contentType);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get type(): string {
    return "default";
  }

  clone(): Response {
    const { status, statusText, headers } = this;
    const copy = new Response(copyBody(this), { status, statusText, headers });
    copy.url = this.url;
    copy.redirected = this.redirected;
    return copy;
  }

  static json(value: unknown, options: ResponseInit = {}): Response {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== "string") throw new TypeError("Response.json: the value has no JSON form");
    const headers = new Headers(options.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(text, { ...options, headers });
  }

  static redirect(url: unknown, status = 302): Response {
    if (!REDIRECT_STATUSES.has(status)) throw new RangeError(`${status} is not a redirect status`);
    return new Response(null, { status, headers: { location: String(url) } });
  }
}

/** Null when the body is longer than `bytesMax`. */
export function responseToWire(response: Response, bytesMax: number): WireResponse | null {
  const body = contentToWire(response.takeContent(), bytesMax);
  return body === null ? null : { status: response.status, headers: [...response.headers], body };
}

export function responseFromWire(reply: Extract<WireFetchReply, { ok: true }>): Response {
  const { status, headers, body } = reply.response;
  const isBodyless = NULL_BODY_STATUSES.has(status) || body.kind === "none";
  const response = new Response(isBodyless ? null : new BodyHandle(new Body(wireToContent(body))), {
    status,
    headers,
  });
  response.url = reply.url;
  response.redirected = reply.redirected;
  return response;
}
