/** UTF-8 only, which is all that the web asks an encoder for. */
export class TextEncoder {
  readonly encoding = "utf-8";

  encode(input: unknown = ""): Uint8Array<ArrayBuffer> {
    return encodeUtf8(String(input));
  }
}

/** UTF-8 only; other labels are refused. */
export class TextDecoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
      throw new RangeError(`TextDecoder: only utf-8 is supported, not ${label}`);
    }
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: ArrayBuffer | ArrayBufferView): string {
    if (input === undefined) return "";
    const text = decodeUtf8(toBytes(input), this.fatal);
    return !this.ignoreBOM && text.charCodeAt(0) === 0xfe_ff ? text.slice(1) : text;
  }
}

export function toBytes(input: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = scalarAt(text, index);
    if (code > 0xff_ff) index += 1;
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x8_00) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 63);
    } else if (code < 0x1_00_00) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 63);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    }
  }
  return bytes;
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
  const code = text.codePointAt(index) ?? 0;
  return code >= 0xd8_00 && code <= 0xdf_ff ? 0xff_fd : code;
}

function decodeUtf8(bytes: Uint8Array, fatal: boolean): string {
  const parts: string[] = [];
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { code, length } = readScalar(bytes, at);
    if (code === null && fatal) throw new TypeError("TextDecoder: the bytes are not UTF-8");
    const scalar = code ?? 0xff_fd;
    if (scalar > 0xff_ff) units.push(0xd7_c0 + (scalar >> 10), 0xdc_00 | (scalar & 0x3_ff));
    else units.push(scalar);
    at += length;
    if (units.length > 4096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  return parts.join("") + String.fromCharCode(...units);
}

/** One code point, or null with the length of the ill-formed part (maximal subpart, as the web's decoder has it). */
function readScalar(bytes: Uint8Array, at: number): { code: number | null; length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { code: first, length: 1 };
  const size =
    first >= 0xc2 && first <= 0xdf ? 2 : first >> 4 === 14 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (size === 0) return { code: null, length: 1 };
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let code = first & (0x7f >> size);
  for (let step = 1; step < size; step += 1) {
    const byte = bytes[at + step] ?? 0;
    if (byte < low || byte > high) return { code: null, length: step };
    low = 0x80;
    high = 0xbf;
    code = (code << 6) | (byte & 63);
  }
  return { code, length: size };
}
