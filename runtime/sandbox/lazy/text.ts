import type { LazyParts } from "../lazy.ts";
import { base64ToBytes, bytesToBase64, makeBase64Globals } from "./base64.ts";
import { makeTextDecoderClass, TextEncoder } from "./text-encoding.ts";
import { decodeUtf8Text, encodeUtf8, utf8Length } from "./utf8.ts";

/** TextEncoder, TextDecoder, atob and btoa, and what bodies need of them. */
export function load(parts: LazyParts) {
  const fail = (message: string): unknown =>
    new (parts.use("events").DOMException)(message, "InvalidCharacterError");
  return {
    globals: { TextEncoder, TextDecoder: makeTextDecoderClass(parts), ...makeBase64Globals(fail) },
    encodeUtf8,
    decodeUtf8Text,
    utf8Length,
    bytesToBase64,
    base64ToBytes,
  };
}
