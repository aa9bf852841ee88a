/** UTF-8 in plain code: an isolate has no encoder of its own. */

const { fromCharCode } = String;
const UNITS_MAX = 4096;

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes);
  return bytes;
}

/** Writes as many whole characters as fit: how many code units were read, and how many bytes written. */
export function writeUtf8(text: string, bytes: Uint8Array): { read: number; written: number } {
  const room = bytes.length;
  let at = 0;
  let index = 0;
  for (; index < text.length; index += 1) {
    const code = scalarAt(text, index);
    if (code < 0x80) {
      if (at + 1 > room) break;
      bytes[at++] = code;
    } else if (code < 0x8_00) {
      if (at + 2 > room) break;
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 63);
    } else if (code < 0x1_00_00) {
      if (at + 3 > room) break;
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    } else {
      if (at + 4 > room) break;
      index += 1;
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 63);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    }
  }
  return { read: index, written: at };
}

/** Bytes that the text takes in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = scalarAt(text, index);
    if (code > 0xff_ff) index += 1;
    length += code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
  }
  return length;
}

/** A lone surrogate reads as U+FFFD. */
function scalarAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0xd8_00 || unit > 0xdf_ff) return unit;
  const code = text.codePointAt(index) ?? 0;
  return code >= 0xd8_00 && code <= 0xdf_ff ? 0xff_fd : code;
}

/** Text of the bytes; what is ill-formed reads as U+FFFD. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decodeUtf8Part(bytes, false, true).text;
}

/** As `decodeUtf8`, without the byte order mark: the web's "UTF-8 decode". */
export function decodeUtf8Text(bytes: Uint8Array): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return decodeUtf8(hasMark ? bytes.subarray(3) : bytes);
}

/**
 * One part of a stream. Where it ends inside a character and is not the last part, `used` says how many bytes make up
 * the text; the rest belongs before the next part. Ill-formed bytes are a TypeError if `fatal`.
 */
export function decodeUtf8Part(
  bytes: Uint8Array,
  fatal: boolean,
  isLast: boolean,
): { text: string; used: number } {
  let text = "";
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      units.push(first);
      at += 1;
    } else {
      const { code, length } = readScalar(bytes, at);
      if (code === "cut" && !isLast) break;
      if (typeof code === "string" && fatal) throw new TypeError("TextDecoder: the bytes are not valid");
      const scalar = typeof code === "string" ? 0xff_fd : code;
      if (scalar > 0xff_ff) units.push(0xd7_c0 + (scalar >> 10), 0xdc_00 | (scalar & 0x3_ff));
      else units.push(scalar);
      at += length;
    }
    if (units.length >= UNITS_MAX) {
      text += fromCharCode(...units);
      units = [];
    }
  }
  return { text: text + fromCharCode(...units), used: at };
}

/**
 * One code point; or "bad" with the length of the ill-formed part (maximal subpart, as the web's decoder has it); or
 * "cut" when the bytes end inside a character.
 */
function readScalar(bytes: Uint8Array, at: number): { code: number | "bad" | "cut"; length: number } {
  const first = bytes[at] ?? 0;
  const size =
    first >= 0xc2 && first <= 0xdf ? 2 : first >> 4 === 14 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (size === 0) return { code: "bad", length: 1 };
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let code = first & (0x7f >> size);
  for (let step = 1; step < size; step += 1) {
    const byte = bytes[at + step];
    if (byte === undefined) return { code: "cut", length: step };
    if (byte < low || byte > high) return { code: "bad", length: step };
    low = 0x80;
    high = 0xbf;
    code = (code << 6) | (byte & 63);
  }
  return { code, length: size };
}
