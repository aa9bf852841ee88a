import { bytesToBase64 } from "./base64.ts";
import type { LazyParts } from "../lazy.ts";
import type { PartDecoder } from "./text-encoding.ts";

const UTF16_MARK = 0xfe_ff;
const EMPTY = new Uint8Array();

/** Decoders for all that is not UTF-8. The tables of the old encodings are Node's, asked for by text. */
export function load(parts: LazyParts) {
  const tables = new Map<string, string>();

  /** The web's name of the encoding that a label stands for. A RangeError for none. */
  function encodingOf(label: string): string {
    const name = parts.callHost("decode", label, "");
    if (name === "" || name === "replacement") throw new RangeError(`TextDecoder: ${label} is no encoding`);
    return name;
  }

  function makeDecoder(encoding: string, fatal: boolean, ignoreBOM: boolean): PartDecoder {
    if (encoding === "utf-16le" || encoding === "utf-16be")
      return new Utf16Decoder(encoding === "utf-16be", fatal, ignoreBOM);
    if (MULTI_BYTE.includes(encoding)) return new HostDecoder(parts, encoding, fatal);
    let table = tables.get(encoding);
    if (table === undefined) {
      const upper = Uint8Array.from({ length: 128 }, (_none, at) => 128 + at);
      table = parts.callHost("decode", encoding, bytesToBase64(upper));
      tables.set(encoding, table);
    }
    return new TableDecoder(table, fatal);
  }

  return { encodingOf, makeDecoder };
}

const MULTI_BYTE = ["gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr"];

class Utf16Decoder implements PartDecoder {
  readonly #isBigEndian: boolean;
  readonly #fatal: boolean;
  #mayStartWithMark: boolean;
  #lead = -1;
  #byte = -1;

  constructor(isBigEndian: boolean, fatal: boolean, ignoreBOM: boolean) {
    this.#isBigEndian = isBigEndian;
    this.#fatal = fatal;
    this.#mayStartWithMark = !ignoreBOM;
  }

  decode(bytes: Uint8Array, isLast: boolean): string {
    let text = "";
    for (const byte of bytes) {
      if (this.#byte === -1) this.#byte = byte;
      else {
        const unit = this.#isBigEndian ? (this.#byte << 8) | byte : (byte << 8) | this.#byte;
        this.#byte = -1;
        text += this.#take(unit);
      }
    }
    if (isLast && (this.#byte !== -1 || this.#lead !== -1)) {
      this.#byte = -1;
      this.#lead = -1;
      text += this.#bad();
    }
    if (text === "" || !this.#mayStartWithMark) return text;
    this.#mayStartWithMark = false;
    return text.charCodeAt(0) === UTF16_MARK ? text.slice(1) : text;
  }

  #take(unit: number): string {
    const lead = this.#lead;
    this.#lead = -1;
    const isTrail = unit >= 0xdc_00 && unit <= 0xdf_ff;
    if (lead !== -1 && isTrail) return String.fromCharCode(lead, unit);
    const before = lead === -1 ? "" : this.#bad();
    if (isTrail) return before + this.#bad();
    if (unit < 0xd8_00 || unit > 0xdb_ff) return before + String.fromCharCode(unit);
    this.#lead = unit;
    return before;
  }

  #bad(): string {
    if (this.#fatal) throw new TypeError("TextDecoder: the bytes are not valid");
    return "\ufffd";
  }
}

/** One byte, one character; `table` has those of 128 and up. */
class TableDecoder implements PartDecoder {
  readonly #table: string;
  readonly #fatal: boolean;

  constructor(table: string, fatal: boolean) {
    this.#table = table;
    this.#fatal = fatal;
  }

  decode(bytes: Uint8Array): string {
    let text = "";
    for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : this.#table.charAt(byte - 128);
    if (this.#fatal && text.includes("\ufffd")) throw new TypeError("TextDecoder: the bytes are not valid");
    return text;
  }
}

/** Encodings of several bytes a character: decoded by the host once all bytes are there. */
class HostDecoder implements PartDecoder {
  readonly #parts: LazyParts;
  readonly #encoding: string;
  readonly #fatal: boolean;
  #bytes: Uint8Array = EMPTY;

  constructor(parts: LazyParts, encoding: string, fatal: boolean) {
    this.#parts = parts;
    this.#encoding = encoding;
    this.#fatal = fatal;
  }

  decode(bytes: Uint8Array, isLast: boolean): string {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    this.#bytes = isLast ? EMPTY : all;
    if (!isLast || all.length === 0) return "";
    const text = this.#parts.callHost("decode", this.#encoding, bytesToBase64(all));
    if (this.#fatal && text.includes("\ufffd")) throw new TypeError("TextDecoder: the bytes are not valid");
    return text;
  }
}
