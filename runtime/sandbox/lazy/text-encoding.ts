import type { LazyParts } from "../lazy.ts";
import { bytesOf, isBufferSource } from "../buffer-source.ts";
import { decodeUtf8Part, encodeUtf8, writeUtf8 } from "./utf8.ts";
import { requireArguments, shapeInterface, toDictionary, toDomString, toUsvString } from "../webidl.ts";

const UTF8_LABELS = [
  "unicode-1-1-utf-8",
  "unicode11utf8",
  "unicode20utf8",
  "utf-8",
  "utf8",
  "x-unicode20utf8",
];
const OUTER_SPACE = /^[\t\n\f\r ]+|[\t\n\f\r ]+$/g;
const EMPTY = new Uint8Array();

/** Text of one part of a stream; keeps what it needs until the next part. */
export interface PartDecoder {
  decode(bytes: Uint8Array, isLast: boolean): string;
}

/** The web's TextEncoder: UTF-8 only, which is all that the web asks of it. */
export class TextEncoder {
  readonly #brand = null;

  get encoding(): string {
    void this.#brand;
    return "utf-8";
  }

  encode(input: unknown = ""): Uint8Array<ArrayBuffer> {
    void this.#brand;
    return encodeUtf8(toUsvString(input));
  }

  encodeInto(source: unknown, destination: unknown): { read: number; written: number } {
    void this.#brand;
    requireArguments(arguments.length, 2, "TextEncoder.encodeInto");
    const text = toUsvString(source);
    if (!isUint8Array(destination)) throw new TypeError("TextEncoder.encodeInto: a Uint8Array is needed");
    return writeUtf8(text, destination);
  }
}

shapeInterface(TextEncoder, "TextEncoder");

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

function isUint8Array(value: unknown): value is Uint8Array {
  return typedArrayTag !== undefined && Reflect.apply(typedArrayTag, value, []) === "Uint8Array";
}

/** Makes the web's TextDecoder. Encodings other than UTF-8 are loaded at their first use. */
export function makeTextDecoderClass(lazy: LazyParts) {
  class TextDecoder {
    readonly #encoding: string;
    readonly #fatal: boolean;
    readonly #ignoreBOM: boolean;
    #decoder: PartDecoder | null = null;

    constructor(label: unknown = "utf-8", options: unknown = undefined) {
      const key = toDomString(label).replaceAll(OUTER_SPACE, "").toLowerCase();
      const { fatal, ignoreBOM } = readOptions(options);
      this.#encoding = UTF8_LABELS.includes(key) ? "utf-8" : lazy.use("binary-text").encodingOf(key);
      this.#fatal = fatal;
      this.#ignoreBOM = ignoreBOM;
    }

    get encoding(): string {
      return this.#encoding;
    }

    get fatal(): boolean {
      return this.#fatal;
    }

    get ignoreBOM(): boolean {
      return this.#ignoreBOM;
    }

    decode(input: unknown = undefined, options: unknown = undefined): string {
      const encoding = this.#encoding;
      if (input !== undefined && !isBufferSource(input))
        throw new TypeError("TextDecoder.decode: the input holds no bytes");
      const isLast = !toDictionary(options, "TextDecoder.decode")["stream"];
      this.#decoder ??=
        encoding === "utf-8"
          ? new Utf8Decoder(this.#fatal, this.#ignoreBOM)
          : lazy.use("binary-text").makeDecoder(encoding, this.#fatal, this.#ignoreBOM);
      const decoder = this.#decoder;
      if (isLast) this.#decoder = null;
      return decoder.decode(input === undefined ? EMPTY : bytesOf(input), isLast);
    }
  }
  shapeInterface(TextDecoder, "TextDecoder");
  return TextDecoder;
}

function readOptions(options: unknown): { fatal: boolean; ignoreBOM: boolean } {
  const given = toDictionary(options, "TextDecoder");
  return { fatal: Boolean(given["fatal"]), ignoreBOM: Boolean(given["ignoreBOM"]) };
}

class Utf8Decoder implements PartDecoder {
  readonly #fatal: boolean;
  #mayStartWithMark: boolean;
  #rest: Uint8Array = EMPTY;

  constructor(fatal: boolean, ignoreBOM: boolean) {
    this.#fatal = fatal;
    this.#mayStartWithMark = !ignoreBOM;
  }

  decode(given: Uint8Array, isLast: boolean): string {
    let bytes = given;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + given.length);
      bytes.set(this.#rest);
      bytes.set(given, this.#rest.length);
    }
    const { text, used } = decodeUtf8Part(bytes, this.#fatal, isLast);
    this.#rest = used === bytes.length ? EMPTY : bytes.slice(used);
    if (text === "" || !this.#mayStartWithMark) return text;
    this.#mayStartWithMark = false;
    return text.charCodeAt(0) === 0xfe_ff ? text.slice(1) : text;
  }
}
