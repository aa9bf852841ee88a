import { bytesOf, isBufferSource } from "../buffer-source.ts";
import type { LazyParts } from "../lazy.ts";
import { decodeUtf8Text, encodeUtf8 } from "./utf8.ts";
import {
  isObject,
  iterableBy,
  requireArguments,
  shapeInterface,
  toDictionary,
  toDomString,
  toEnum,
  toUsvString,
} from "../webidl.ts";

interface BlobParts {
  readonly bytes: Uint8Array;
  readonly type: string;
}

const PRINTABLE = /^[\u0020-\u007e]*$/;
const ENDINGS = ["transparent", "native"] as const;

/** The web's Blob and File, with their bytes in memory. */
export function makeBlobClasses(lazy: LazyParts) {
  let partsOf: (blob: object) => BlobParts;
  let isBlob: (value: unknown) => value is Blob;
  const INTERNAL = Symbol("internal");

  class Blob {
    readonly #parts: BlobParts;

    static {
      partsOf = (blob) => (blob as Blob).#parts;
      isBlob = (value): value is Blob => isObject(value) && #parts in value;
    }

    constructor(bits: unknown = undefined, options: unknown = undefined, key: unknown = undefined) {
      if (key === INTERNAL) {
        this.#parts = bits as BlobParts;
        return;
      }
      const list = bits === undefined ? [] : convertBits(bits, isBlob);
      const given = toDictionary(options, "Blob");
      const isNative =
        given["endings"] !== undefined && toEnum(given["endings"], ENDINGS, "endings") === "native";
      const type = given["type"] === undefined ? "" : given["type"];
      const chunks = list.map((bit) => bytesOfBit(bit, isNative, isBlob, partsOf));
      this.#parts = { bytes: concat(chunks), type: normalizedType(type) };
    }

    get size(): number {
      return this.#parts.bytes.length;
    }
    get type(): string {
      return this.#parts.type;
    }
    slice(start: unknown = undefined, end: unknown = undefined, contentType: unknown = ""): Blob {
      const { bytes } = this.#parts;
      const from = start === undefined ? 0 : clampedPosition(start, bytes.length);
      const to = end === undefined ? bytes.length : clampedPosition(end, bytes.length);
      const type = normalizedType(contentType);
      return new Blob({ bytes: bytes.subarray(from, Math.max(from, to)), type }, undefined, INTERNAL);
    }
    stream(): object {
      return lazy.use("streams").streamOfBytes(this.#parts.bytes, false);
    }
    async text(): Promise<string> {
      return decodeUtf8Text(this.#parts.bytes);
    }
    async arrayBuffer(): Promise<ArrayBuffer> {
      return Uint8Array.from(this.#parts.bytes).buffer;
    }
    async bytes(): Promise<Uint8Array> {
      return this.#parts.bytes.slice();
    }
  }
  shapeInterface(Blob, "Blob");
  Object.defineProperty(Blob, "length", { value: 0, configurable: true });

  class File extends Blob {
    readonly #name: string;
    readonly #lastModified: number;

    constructor(bits: unknown, name: unknown, options: unknown = undefined) {
      requireArguments(arguments.length, 2, "File");
      super(bits, options);
      const given = toDictionary(options, "File")["lastModified"];
      this.#name = toUsvString(name);
      this.#lastModified = given === undefined ? Date.now() : Math.trunc(Number(given)) || 0;
    }

    get name(): string {
      return this.#name;
    }
    get lastModified(): number {
      return this.#lastModified;
    }
    get webkitRelativePath(): string {
      void this.#name;
      return "";
    }
  }
  shapeInterface(File, "File");

  return {
    Blob,
    File,
    isBlob: (value: unknown) => isBlob(value),
    isFile: (value: unknown): value is File => isBlob(value) && value instanceof File,
    partsOf: (blob: object) => partsOf(blob),
    /** The type stays as it is: that of a body has case, as in the boundary of a form. */
    blobOf: (bytes: Uint8Array, type: string) => new Blob({ bytes, type }, undefined, INTERNAL),
  };
}

function convertBits(bits: unknown, isBlob: (value: unknown) => boolean): unknown[] {
  const iterate = isObject(bits) ? bits[Symbol.iterator] : undefined;
  const list: unknown[] = [];
  for (const bit of iterableBy(iterate, bits, "Blob: the list of parts")) {
    list.push(isBufferSource(bit) || isBlob(bit) ? bit : toUsvString(bit));
  }
  return list;
}

function bytesOfBit(
  bit: unknown,
  isNative: boolean,
  isBlob: (value: unknown) => value is object,
  partsOf: (blob: object) => BlobParts,
): Uint8Array {
  if (isBufferSource(bit)) return bytesOf(bit);
  if (isBlob(bit)) return partsOf(bit).bytes;
  const text = toDomString(bit);
  return encodeUtf8(isNative ? text.replaceAll(/\r\n?|\n/g, "\n") : text);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function normalizedType(type: unknown): string {
  const text = toDomString(type);
  return PRINTABLE.test(text) ? text.toLowerCase() : "";
}

/** `[Clamp] long long`, with negative positions counted from the end. */
function clampedPosition(value: unknown, length: number): number {
  const given = Math.trunc(Number(value)) || 0;
  return given < 0 ? Math.max(length + given, 0) : Math.min(given, length);
}
