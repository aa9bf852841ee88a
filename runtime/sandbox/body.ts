import { bytesOf, isBufferSource } from "./buffer-source.ts";
import type { LazyParts } from "./lazy.ts";
import { includeMixin, isObject, toUsvString, type InterfaceObject } from "./webidl.ts";

const { parse: parseJson } = JSON;

/** What a body is made of, before anyone asks for it as a stream. */
export type BodyContent = string | Uint8Array;

/** Bytes on their way through a promise. Without a prototype, so that no script can make it a thenable. */
export interface TakenBytes {
  readonly __proto__: null;
  /** Null when there were more than allowed. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** A body that is there. Nothing changes its content in place, so clones share it. */
export interface BodyState {
  /** Null when the body came as a stream. */
  readonly content: BodyContent | null;
  /** Made when somebody asks for it. From then on the stream is what counts. */
  stream: object | null;
  /** Whether it was read without a stream. */
  isUsed: boolean;
}

/** What Request and Response have behind them. */
export interface BodyOwner {
  body: BodyState | null;
}

export function bodyFromContent(content: BodyContent): BodyState {
  return { content, stream: null, isUsed: false };
}

/** The web's "extract a body": a body and the content type that it implies. Null for none. */
export function extractBody(
  lazy: LazyParts,
  init: unknown,
): { body: BodyState; contentType: string | null } | null {
  if (init === undefined || init === null) return null;
  if (!isObject(init)) return textBody(toUsvString(init));
  if (isBufferSource(init)) return { body: bodyFromContent(bytesOf(init).slice()), contentType: null };
  const urls = lazy.peek("urls");
  if (urls?.isSearchParams(init) === true) {
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return { body: bodyFromContent(urls.searchParamsText(init)), contentType };
  }
  const forms = lazy.peek("forms");
  if (forms?.isBlob(init) === true) {
    const { bytes, type } = forms.blobParts(init);
    return { body: bodyFromContent(bytes), contentType: type === "" ? null : type };
  }
  if (forms?.isFormData(init) === true) {
    const { bytes, contentType } = forms.serializeMultipart(init);
    return { body: bodyFromContent(bytes), contentType };
  }
  const streams = lazy.peek("streams");
  if (streams?.isReadableStream(init) === true) {
    if (streams.isUnusable(init)) throw new TypeError("The body is a stream that was read or is locked");
    return { body: { content: null, stream: init, isUsed: false }, contentType: null };
  }
  return textBody(toUsvString(init));
}

function textBody(text: string): { body: BodyState; contentType: string } {
  return { body: bodyFromContent(text), contentType: "text/plain;charset=UTF-8" };
}

/** Whether the body was read, or cannot be because someone holds it. */
export function isUnusable(lazy: LazyParts, body: BodyState): boolean {
  if (body.stream === null) return body.isUsed;
  return lazy.use("streams").isUnusable(body.stream);
}

/** Content to hand on, with the body marked as read: at once where there is no stream. */
export function takeContent(
  lazy: LazyParts,
  body: BodyState | null,
  streamBytesMax = Infinity,
): BodyContent | null | Promise<TakenBytes> {
  if (body === null) return null;
  if (isUnusable(lazy, body)) throw new TypeError("The body has been read already, or is locked");
  if (body.stream !== null) return lazy.use("streams").readAll(body.stream, streamBytesMax);
  body.isUsed = true;
  return body.content;
}

/** Null when the stream gave more bytes than allowed. */
export async function finishLater<T>(
  taken: Promise<TakenBytes>,
  finish: (content: Uint8Array) => T,
): Promise<T | null> {
  const { bytes } = await taken;
  return bytes === null ? null : finish(bytes);
}

/** A second body with the same content; the first stays readable. */
export function cloneBody(lazy: LazyParts, body: BodyState): BodyState {
  if (body.stream === null) return { content: body.content, stream: null, isUsed: false };
  const [kept, copy] = lazy.use("streams").tee(body.stream);
  body.stream = kept;
  return { content: null, stream: copy, isUsed: false };
}

/** A body that takes over what is in `body`, which counts as read from then on. */
export function moveBody(lazy: LazyParts, body: BodyState): BodyState {
  if (body.stream !== null)
    return { content: null, stream: lazy.use("streams").passOn(body.stream), isUsed: false };
  body.isUsed = true;
  return { content: body.content, stream: null, isUsed: false };
}

export function bodyStream(lazy: LazyParts, body: BodyState): object {
  if (body.stream === null) {
    const content = body.content ?? "";
    const bytes = typeof content === "string" ? lazy.use("text").encodeUtf8(content) : content.slice();
    body.stream = lazy.use("streams").streamOfBytes(bytes, body.isUsed);
  }
  return body.stream;
}

/**
 * Adds the web's Body mixin. `ownerOf` throws a TypeError for an object that is no instance; `contentTypeOf` gives the
 * combined content-type header, or null.
 */
export function includeBody<Owner extends BodyOwner>(
  target: InterfaceObject,
  lazy: LazyParts,
  ownerOf: (instance: object) => Owner,
  contentTypeOf: (owner: Owner) => string | null,
): void {
  const consume = async <T>(owner: Owner, convert: (content: BodyContent | null) => T): Promise<T> => {
    const taken = takeContent(lazy, owner.body);
    return convert(taken instanceof Promise ? (await taken).bytes : taken);
  };
  includeMixin(target, {
    get body(): object | null {
      const { body } = ownerOf(this);
      return body === null ? null : bodyStream(lazy, body);
    },
    get bodyUsed(): boolean {
      const { body } = ownerOf(this);
      if (body === null) return false;
      return body.stream === null ? body.isUsed : lazy.use("streams").isDisturbed(body.stream);
    },
    async arrayBuffer(): Promise<ArrayBuffer> {
      return consume(ownerOf(this), (content) => toOwnBytes(lazy, content).buffer);
    },
    async blob(): Promise<object> {
      const owner = ownerOf(this);
      return consume(owner, (content) =>
        lazy.use("forms").makeBlob(toOwnBytes(lazy, content), contentTypeOf(owner)),
      );
    },
    async bytes(): Promise<Uint8Array> {
      return consume(ownerOf(this), (content) => toOwnBytes(lazy, content));
    },
    async formData(): Promise<object> {
      const owner = ownerOf(this);
      return consume(owner, (content) =>
        lazy.use("forms").parseForm(toOwnBytes(lazy, content), contentTypeOf(owner)),
      );
    },
    async json(): Promise<unknown> {
      return consume(ownerOf(this), (content) => parseJson(contentText(lazy, content)));
    },
    async text(): Promise<string> {
      return consume(ownerOf(this), (content) => contentText(lazy, content));
    },
  });
}

function toOwnBytes(lazy: LazyParts, content: BodyContent | null): Uint8Array<ArrayBuffer> {
  if (content === null) return new Uint8Array();
  return typeof content === "string" ? lazy.use("text").encodeUtf8(content) : Uint8Array.from(content);
}

function contentText(lazy: LazyParts, content: BodyContent | null): string {
  if (content === null) return "";
  if (typeof content !== "string") return lazy.use("text").decodeUtf8Text(content);
  return content.charCodeAt(0) === 0xfe_ff ? content.slice(1) : content;
}
