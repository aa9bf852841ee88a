import { checkedName, normalizedValue } from "../header-text.ts";
import type { HeaderPairs } from "../messages.ts";
import type { HeadersGuard } from "../headers-guard.ts";
import {
  definePairIteration,
  isObject,
  requireArguments,
  shapeInterface,
  toByteString,
  toPairs,
} from "../webidl.ts";

/** Headers, and what requests and responses do with them. */
export function load() {
  return {
    globals: { Headers },
    fill: fillHeaders,
    fromPairs: headersFromPairs,
    copy: copyHeaders,
    setGuard: setHeadersGuard,
    pairs: headerPairs,
    value: headerValue,
    setDefault: setDefaultHeader,
  };
}

const CONNECTION_NAMES = [
  "accept-charset",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "access-control-request-private-network",
  "connection",
  "content-length",
  "cookie2",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What is inside of a Headers object: names in lower case, in the order of their adding. */
interface HeaderList {
  pairs: [name: string, value: string][];
  guard: HeadersGuard;
  /** Sorted and combined, as iteration gives it; null after a change. */
  sorted: HeaderPairs | null;
}

let listOf: (headers: Headers) => HeaderList;

/** The web's Headers: names without case, values joined by a comma, except set-cookie. */
export class Headers {
  readonly #list: HeaderList = { pairs: [], guard: "none", sorted: null };

  static {
    listOf = (headers) => headers.#list;
  }

  constructor(init: unknown = undefined) {
    if (init === undefined) return;
    if (!isObject(init)) throw new TypeError("Headers: the argument is not an object");
    fillHeaders(this, init);
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "Headers.append");
    appendHeader(this.#list, toByteString(name), toByteString(value));
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1, "Headers.delete");
    const list = this.#list;
    const key = checkedName(toByteString(name));
    if (list.guard === "immutable") throw immutable();
    if (list.guard === "no-cors" && !NO_CORS_NAMES.includes(key) && key !== "range") return;
    if (list.guard === "request" && isConnectionName(key)) return;
    list.pairs = list.pairs.filter(([known]) => known !== key);
    list.sorted = null;
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, "Headers.get");
    return combinedValue(this.#list.pairs, checkedName(toByteString(name)));
  }

  getSetCookie(): string[] {
    return this.#list.pairs.filter(([name]) => name === "set-cookie").map(([, value]) => value);
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1, "Headers.has");
    const { pairs } = this.#list;
    const key = checkedName(toByteString(name));
    return pairs.some(([known]) => known === key);
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "Headers.set");
    const list = this.#list;
    const text = normalizedValue(toByteString(value), toByteString(name));
    const key = checkedName(toByteString(name));
    if (list.guard === "immutable") throw immutable();
    if (list.guard === "no-cors" && !isNoCorsSafe(key, text)) return;
    if (list.guard === "request" && isConnectionName(key)) return;
    list.sorted = null;
    const first = list.pairs.findIndex(([known]) => known === key);
    if (first === -1) {
      list.pairs.push([key, text]);
      return;
    }
    list.pairs[first] = [key, text];
    list.pairs = list.pairs.filter(([known], at) => at <= first || known !== key);
  }
}

shapeInterface(Headers, "Headers");
definePairIteration<Headers, string>(Headers, "Headers", (headers) => sortedPairs(listOf(headers)));

/** The web's "fill": from another Headers object, from pairs or from an object's properties; `iterate` as in toPairs. */
function fillHeaders(
  headers: Headers,
  init: Readonly<Record<PropertyKey, unknown>>,
  iterate: unknown = init[Symbol.iterator],
): void {
  const list = listOf(headers);
  for (const [name, value] of toPairs(init, iterate, toByteString, "Headers"))
    appendHeader(list, name, value);
}

/** Pairs whose names and values the host has checked: nothing is checked again. */
function headersFromPairs(pairs: HeaderPairs, guard: HeadersGuard): Headers {
  const headers = new Headers();
  const list = listOf(headers);
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    if (pair !== undefined) list.pairs.push([pair[0].toLowerCase(), pair[1]]);
  }
  list.guard = guard;
  return headers;
}

function copyHeaders(headers: Headers, guard: HeadersGuard): Headers {
  return headersFromPairs(listOf(headers).pairs, guard);
}

function setHeadersGuard(headers: Headers, guard: HeadersGuard): void {
  listOf(headers).guard = guard;
}

/** Names once each (set-cookie as often as there are values), sorted. */
function headerPairs(headers: Headers): HeaderPairs {
  return sortedPairs(listOf(headers));
}

/** One header's combined value; `name` is in lower case. */
function headerValue(headers: Headers, name: string): string | null {
  return combinedValue(listOf(headers).pairs, name);
}

/** Adds a header unless there is one of that name, whatever the guard; `name` is in lower case. */
function setDefaultHeader(headers: Headers, name: string, value: string): void {
  const list = listOf(headers);
  if (combinedValue(list.pairs, name) !== null) return;
  list.pairs.push([name, value]);
  list.sorted = null;
}

function appendHeader(list: HeaderList, name: string, value: string): void {
  const text = normalizedValue(value, name);
  const key = checkedName(name);
  if (list.guard === "immutable") throw immutable();
  if (list.guard === "no-cors") {
    const before = combinedValue(list.pairs, key);
    if (!isNoCorsSafe(key, before === null ? text : `${before}, ${text}`)) return;
  }
  if (list.guard === "request" && isConnectionName(key)) return;
  list.pairs.push([key, text]);
  list.sorted = null;
}

function isConnectionName(key: string): boolean {
  return CONNECTION_NAMES.includes(key) || key.startsWith("proxy-");
}

function combinedValue(pairs: HeaderList["pairs"], key: string): string | null {
  let combined: string | null = null;
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    if (pair?.[0] === key) combined = combined === null ? pair[1] : `${combined}, ${pair[1]}`;
  }
  return combined;
}

function sortedPairs(list: HeaderList): HeaderPairs {
  if (list.sorted !== null) return list.sorted;
  const names = [...new Set(list.pairs.map(([name]) => name))].sort();
  list.sorted = names.flatMap((name): [string, string][] =>
    name === "set-cookie"
      ? list.pairs.filter(([known]) => known === name)
      : [[name, combinedValue(list.pairs, name) ?? ""]],
  );
  return list.sorted;
}

function immutable(): TypeError {
  return new TypeError("Headers: these headers cannot be changed");
}

const NO_CORS_NAMES = ["accept", "accept-language", "content-language", "content-type"];
// oxlint-disable-next-line no-control-regex -- the web's "CORS-unsafe request-header bytes"
const UNSAFE_BYTES = /[\0-\x08\x10-\x1f"():<>?@[\\\]{}\x7f]/;
const SIMPLE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/** "No-CORS-safelisted request-header" of the Fetch standard. */
function isNoCorsSafe(name: string, value: string): boolean {
  if (!NO_CORS_NAMES.includes(name) || value.length > 128) return false;
  switch (name) {
    case "accept":
      return !UNSAFE_BYTES.test(value);
    case "content-type": {
      const essence = value.split(";")[0] ?? "";
      return !UNSAFE_BYTES.test(value) && SIMPLE_TYPES.includes(essence.trim().toLowerCase());
    }
    default:
      return /^[0-9A-Za-z *,\-.;=]*$/.test(value);
  }
}
