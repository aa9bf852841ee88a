import type { FlatHeaders } from "../sandbox/messages.ts";
import type { RequestHead } from "./exchange.ts";

const BLOCK = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\u0020-\u007e\u0080-\u00ff]*\r\n)+$/;
// What changes how a message is framed, or the connection, is for a full parser to judge.
const NOT_SIMPLE =
  /(?:^|\n)(?:content-length|transfer-encoding|connection|upgrade|expect|te|trailer|keep-alive|proxy-connection|http2-settings)[ \t]*:/i;

/** Headers of a request by their flat text. */
export class FlatHead implements RequestHead {
  readonly flat: FlatHeaders;
  readonly host: string;
  #values: Map<string, string> | null = null;

  constructor(flat: FlatHeaders, host: string) {
    this.flat = flat;
    this.host = host;
  }

  /** Several values are joined, as the web has it. */
  get(name: string): string | null {
    return this.#read().get(name) ?? null;
  }

  toRecord(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#read());
  }

  #read(): ReadonlyMap<string, string> {
    if (this.#values !== null) return this.#values;
    this.#values = new Map();
    const parts = this.flat.split("\n");
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const name = parts[at] ?? "";
      const before = this.#values.get(name);
      const value = parts[at + 1] ?? "";
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return this.#values;
  }
}

/**
 * The header lines of a request without a body, each with its end. Null when there is anything in them that a full
 * HTTP parser should see.
 */
export function parseSimpleHead(block: string): FlatHead | null {
  if (!BLOCK.test(block) || NOT_SIMPLE.test(block)) return null;
  let flat = "";
  let host: string | null = null;
  let at = 0;
  while (at < block.length) {
    const end = block.indexOf("\r\n", at);
    const colon = block.indexOf(":", at);
    const name = block.slice(at, colon).toLowerCase();
    const value = block.slice(colon + 1, end).trim();
    if (name === "host") {
      if (host !== null) return null;
      host = value;
    }
    flat += `${name}\n${value}\n`;
    at = end + 2;
  }
  return host === null ? null : new FlatHead(flat, host);
}
