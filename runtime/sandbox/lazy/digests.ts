import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { bytesOf, isBufferSource } from "../buffer-source.ts";
import type { LazyParts } from "../lazy.ts";
import { isObject, requireArguments, shapeInterface, toDomString } from "../webidl.ts";

const POOL_BYTES = 4096;
const REQUEST_BYTES_MAX = 65_536;
const DIGEST_BYTES_MAX = 32 * 1024 * 1024;
const ALGORITHMS = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
const INTERNAL = Symbol("internal");
const INTEGER_ARRAYS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
];

/** `crypto`: random values, random UUIDs and digests, made by the host. */
export function load(parts: LazyParts) {
  const pool = makePool(parts);
  const fail = (name: string, message: string): Error => {
    const { DOMException } = parts.use("events");
    return new DOMException(message, name);
  };

  class SubtleCrypto {
    readonly #brand = null;

    constructor(key: unknown) {
      if (key !== INTERNAL) throw new TypeError("Illegal constructor");
    }

    async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
      void this.#brand;
      requireArguments(arguments.length, 2, "SubtleCrypto.digest");
      const given = isObject(algorithm) ? algorithm["name"] : algorithm;
      const name = toDomString(given).toUpperCase();
      if (!isBufferSource(data)) throw new TypeError("SubtleCrypto.digest: the data holds no bytes");
      if (!ALGORITHMS.includes(name)) throw fail("NotSupportedError", `${name} is not supported`);
      const bytes = bytesOf(data);
      if (bytes.length > DIGEST_BYTES_MAX)
        throw fail("OperationError", `more than ${DIGEST_BYTES_MAX} bytes to digest`);
      const digest = base64ToBytes(parts.callHost("digest", name, bytesToBase64(bytes)));
      if (digest === null || digest.length === 0) throw fail("OperationError", "the digest failed");
      return digest.buffer;
    }
  }
  shapeInterface(SubtleCrypto, "SubtleCrypto");

  class Crypto {
    readonly #subtle = new SubtleCrypto(INTERNAL);

    constructor(key: unknown) {
      if (key !== INTERNAL) throw new TypeError("Illegal constructor");
    }

    get subtle(): SubtleCrypto {
      return this.#subtle;
    }

    getRandomValues<T>(view: T): T {
      void this.#subtle;
      requireArguments(arguments.length, 1, "Crypto.getRandomValues");
      if (!ArrayBuffer.isView(view)) throw new TypeError("Crypto.getRandomValues: a typed array is needed");
      const kind = Object.prototype.toString.call(view).slice(8, -1);
      if (!INTEGER_ARRAYS.includes(kind)) throw fail("TypeMismatchError", `${kind} holds no integers`);
      if (view.byteLength > REQUEST_BYTES_MAX)
        throw fail("QuotaExceededError", `more than ${REQUEST_BYTES_MAX} random bytes`);
      pool(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    }

    randomUUID(): string {
      void this.#subtle;
      const bytes = new Uint8Array(16);
      pool(bytes);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      let hex = "";
      for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        "-",
      );
    }
  }
  shapeInterface(Crypto, "Crypto");

  return { globals: { Crypto, SubtleCrypto, crypto: new Crypto(INTERNAL) } };
}

/** Random bytes from the host, fetched by the pool so that an id costs no crossing. */
function makePool(parts: LazyParts): (target: Uint8Array) => void {
  let pool = new Uint8Array();
  let at = 0;
  return (target) => {
    let done = 0;
    while (done < target.length) {
      if (at >= pool.length) {
        pool = base64ToBytes(parts.callHost("random", "", String(POOL_BYTES))) ?? new Uint8Array();
        at = 0;
        if (pool.length === 0) throw new Error("No random bytes");
      }
      const part = pool.subarray(at, at + target.length - done);
      target.set(part, done);
      // What was handed out is of no use to whoever looks at the pool later.
      part.fill(0);
      done += part.length;
      at += part.length;
    }
  };
}
