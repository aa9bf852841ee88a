import { assertNever } from "../assert-never.ts";
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import type { WireBody } from "./messages.ts";
import { encodeUtf8, TextDecoder, toBytes, utf8Length } from "./text-encoding.ts";
import { URLSearchParams } from "./url-search-params.ts";

type Content =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

export type BodyInit =
  string | ArrayBuffer | ArrayBufferView | URLSearchParams | BodyHandle | null | undefined;

/** What `response.body` gives: enough to hand a body on whole. Streams are not part of the sandbox. */
export class BodyHandle {
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  static take(handle: BodyHandle): Content {
    return handle.#body.takeContent();
  }
}

/** The reading half that Request and Response share. */
export class Body {
  #content: Content;
  #used = false;

  constructor(content: Content) {
    this.#content = content;
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  get body(): BodyHandle | null {
    return this.#content.kind === "none" ? null : new BodyHandle(this);
  }

  async text(): Promise<string> {
    const content = this.takeContent();
    if (content.kind === "text")
      return content.text.charCodeAt(0) === 0xfe_ff ? content.text.slice(1) : content.text;
    return content.kind === "none" ? "" : new TextDecoder().decode(content.bytes);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async bytes(): Promise<Uint8Array> {
    const content = this.takeContent();
    if (content.kind === "none") return new Uint8Array();
    return content.kind === "text" ? encodeUtf8(content.text) : content.bytes;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return Uint8Array.from(await this.bytes()).buffer;
  }

  takeContent(): Content {
    if (this.#content.kind === "none") return this.#content;
    if (this.#used) throw new TypeError("The body has been read already");
    this.#used = true;
    return this.#content;
  }

  /** The content for a clone: shared, since nothing changes it. */
  copyContent(): Content {
    if (this.#used) throw new TypeError("The body has been read already");
    return this.#content;
  }
}

/** Content of a body argument, and the content type that it implies. */
export function readBodyInit(init: BodyInit): { content: Content; contentType: string | null } {
  if (init === null || init === undefined) return { content: { kind: "none" }, contentType: null };
  if (init instanceof BodyHandle) return { content: BodyHandle.take(init), contentType: null };
  if (init instanceof ArrayBuffer || ArrayBuffer.isView(init)) {
    return { content: { kind: "bytes", bytes: toBytes(init).slice() }, contentType: null };
  }
  const contentType =
    init instanceof URLSearchParams
      ? "application/x-www-form-urlencoded;charset=UTF-8"
      : "text/plain;charset=UTF-8";
  return { content: { kind: "text", text: String(init) }, contentType };
}

/** Null when the content is longer than `bytesMax`. */
export function contentToWire(content: Content, bytesMax: number): WireBody | null {
  switch (content.kind) {
    case "none":
      return { kind: "none" };
    case "text":
      // A UTF-16 unit is at most three bytes of UTF-8, so most bodies need no counting.
      if (content.text.length * 3 > bytesMax && utf8Length(content.text) > bytesMax) return null;
      return { kind: "text", text: content.text };
    case "bytes":
      return content.bytes.length > bytesMax
        ? null
        : { kind: "base64", base64: bytesToBase64(content.bytes) };
    default:
      return assertNever(content);
  }
}

export function wireToContent(body: WireBody): Content {
  switch (body.kind) {
    case "none":
      return body;
    case "text":
      return body;
    case "base64":
      return { kind: "bytes", bytes: base64ToBytes(body.base64) ?? new Uint8Array() };
    default:
      return assertNever(body);
  }
}
