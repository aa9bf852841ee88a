import { requireArguments, toDomString } from "../webidl.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

export function bytesToBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    parts.push(
      ALPHABET.charAt(group >> 18) +
        ALPHABET.charAt((group >> 12) & 63) +
        (left > 1 ? ALPHABET.charAt((group >> 6) & 63) : "=") +
        (left > 2 ? ALPHABET.charAt(group & 63) : "="),
    );
  }
  return parts.join("");
}

/** Null when the text is not base64. White space is ignored and padding optional, as the web's `atob` has it. */
export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> | null {
  const compact = text.replaceAll(/[\t\n\f\r ]/g, "");
  const letters = compact.length % 4 === 0 ? compact.replace(/={1,2}$/, "") : compact;
  if (letters.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let group = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < letters.length; index += 1) {
    const value = VALUES.get(letters.charAt(index));
    if (value === undefined) return null;
    group = ((group << 6) | value) & 0xff_ff_ff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (group >> bits) & 255;
      at += 1;
    }
  }
  return bytes;
}

/** The web's `atob` and `btoa`; `fail` makes the error that they throw. */
export function makeBase64Globals(fail: (message: string) => unknown) {
  return {
    atob(data: unknown): string {
      requireArguments(arguments.length, 1, "atob");
      const bytes = base64ToBytes(toDomString(data));
      if (bytes === null) throw fail("atob: the text is not base64");
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return text;
    },
    btoa(data: unknown): string {
      requireArguments(arguments.length, 1, "btoa");
      const text = toDomString(data);
      const bytes = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        if (unit > 255) throw fail("btoa: the text has characters outside of Latin-1");
        bytes[at] = unit;
      }
      return bytesToBase64(bytes);
    },
  };
}
