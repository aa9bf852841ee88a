import { decodeUtf8, encodeUtf8 } from "./utf8.ts";
import {
  definePairIteration,
  isObject,
  requireArguments,
  shapeInterface,
  toPairs,
  toUsvString,
} from "../webidl.ts";

type Pairs = [name: string, value: string][];

let listOf: (params: URLSearchParams) => { pairs: Pairs; onChange: ((query: string) => void) | null };
let isSearchParams: (value: object) => value is URLSearchParams;

/** The web's URLSearchParams. */
export class URLSearchParams {
  /** `onChange` lets a URL follow its own parameters. */
  readonly #list: { pairs: Pairs; onChange: ((query: string) => void) | null } = {
    pairs: [],
    onChange: null,
  };

  static {
    listOf = (params) => params.#list;
    isSearchParams = (value): value is URLSearchParams => #list in value;
  }

  constructor(init: unknown = "") {
    if (isObject(init)) {
      this.#list.pairs = toPairs(init, init[Symbol.iterator], toUsvString, "URLSearchParams");
      return;
    }
    const text = toUsvString(init);
    this.#list.pairs = parseForm(text.charCodeAt(0) === 63 ? text.slice(1) : text);
  }

  get size(): number {
    return this.#list.pairs.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "URLSearchParams.append");
    const list = this.#list;
    list.pairs.push([toUsvString(name), toUsvString(value)]);
    this.#changed();
  }

  delete(name: unknown, value: unknown = undefined): void {
    requireArguments(arguments.length, 1, "URLSearchParams.delete");
    const list = this.#list;
    const matches = matcher(name, value);
    list.pairs = list.pairs.filter((pair) => !matches(pair));
    this.#changed();
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, "URLSearchParams.get");
    return this.#list.pairs.find(matcher(name, undefined))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    requireArguments(arguments.length, 1, "URLSearchParams.getAll");
    return this.#list.pairs.filter(matcher(name, undefined)).map((pair) => pair[1]);
  }

  has(name: unknown, value: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, "URLSearchParams.has");
    return this.#list.pairs.some(matcher(name, value));
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "URLSearchParams.set");
    const list = this.#list;
    const pair: [string, string] = [toUsvString(name), toUsvString(value)];
    const first = list.pairs.findIndex(([known]) => known === pair[0]);
    if (first === -1) list.pairs.push(pair);
    else {
      list.pairs[first] = pair;
      list.pairs = list.pairs.filter(([known], at) => at <= first || known !== pair[0]);
    }
    this.#changed();
  }

  sort(): void {
    this.#list.pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  toString(): string {
    return serializeForm(this.#list.pairs);
  }

  #changed(): void {
    const { pairs, onChange } = this.#list;
    if (onChange !== null) onChange(serializeForm(pairs));
  }
}

shapeInterface(URLSearchParams, "URLSearchParams");
definePairIteration<URLSearchParams, string>(
  URLSearchParams,
  "URLSearchParams",
  (params) => listOf(params).pairs,
);

export { isSearchParams };

/** The parameters of a URL: `query` without its question mark, `onChange` called with the new one. */
export function searchParamsOf(query: string, onChange: (query: string) => void): URLSearchParams {
  const params = new URLSearchParams();
  const list = listOf(params);
  list.pairs = parseForm(query);
  list.onChange = onChange;
  return params;
}

/** Takes the pairs of a new query without telling the URL, which brought it. */
export function replaceSearchParams(params: URLSearchParams, query: string): void {
  listOf(params).pairs = parseForm(query);
}

/** What the parameters are as text, whatever was done to their methods. */
export function searchParamsText(params: URLSearchParams): string {
  return serializeForm(listOf(params).pairs);
}

/** `application/x-www-form-urlencoded`, read. */
export function parseForm(query: string): Pairs {
  const pairs: Pairs = [];
  if (query === "") return pairs;
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals === -1) pairs.push([decodeForm(part), ""]);
    else pairs.push([decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1))]);
  }
  return pairs;
}

export function serializeForm(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join("&");
}

function matcher(name: unknown, value: unknown): (pair: readonly [string, string]) => boolean {
  const key = toUsvString(name);
  if (value === undefined) return (pair) => pair[0] === key;
  const text = toUsvString(value);
  return (pair) => pair[0] === key && pair[1] === text;
}

function decodeForm(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return decodeUtf8(decodePercent(encodeUtf8(spaced)));
  }
}

/** Ill-formed escapes stay as they are. */
function decodePercent(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const high = bytes[at] === 37 ? hexDigit(bytes[at + 1]) : -1;
    const low = high === -1 ? -1 : hexDigit(bytes[at + 2]);
    if (low === -1) bytes[length++] = bytes[at] ?? 0;
    else {
      bytes[length++] = high * 16 + low;
      at += 2;
    }
  }
  return bytes.subarray(0, length);
}

function hexDigit(code = 0): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function encodeForm(text: string): string {
  const encoded = encodeURIComponent(text);
  return /[%!'()~]/.test(encoded)
    ? encoded
        .replaceAll("%20", "+")
        .replaceAll(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    : encoded;
}
