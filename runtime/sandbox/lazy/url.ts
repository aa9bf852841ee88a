import type { SettablePart, UrlParser, UrlParts } from "../url-parser.ts";
import { replaceSearchParams, searchParamsOf, type URLSearchParams } from "./url-search-params.ts";
import { requireArguments, shapeInterface, toUsvString } from "../webidl.ts";

// Lower-case names that are surely no IPv4 in disguise, and characters that the parser would leave alone.
const PLAIN =
  /^(https?):\/\/((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(?::([1-9][0-9]{0,4}))?(\/[A-Za-z0-9._~!$&()*+,;=:@%/-]*)(\?[A-Za-z0-9._~!$&()*+,;=:@/?%-]*)?(#[A-Za-z0-9._~!$&()*+,;=:@/?%-]*)?$/;
/** Stands for a base where the parts are known. No script can get at it. */
const PARSED = Symbol("parsed");
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;
const ORIGIN = /^https?:\/\/[^/?#]+/;

/** Makes the sandbox's URL class over a parser that is given once. */
export function makeUrlClass(parser: UrlParser) {
  class URL {
    #parts: UrlParts;
    #params: URLSearchParams | null = null;

    constructor(input: unknown, base: unknown = undefined) {
      requireArguments(arguments.length, 1, "URL");
      if (base === PARSED) {
        this.#parts = input as UrlParts;
        return;
      }
      const parts = parseUrl(parser, input, base);
      if (parts === null) throw new TypeError(`Invalid URL: ${toUsvString(input).slice(0, 200)}`);
      this.#parts = parts;
    }

    static canParse(input: unknown, base: unknown = undefined): boolean {
      requireArguments(arguments.length, 1, "URL.canParse");
      return parseUrl(parser, input, base) !== null;
    }

    static parse(input: unknown, base: unknown = undefined): URL | null {
      requireArguments(arguments.length, 1, "URL.parse");
      const parts = parseUrl(parser, input, base);
      return parts === null ? null : new URL(parts, PARSED);
    }

    get href(): string {
      return this.#parts.href;
    }
    set href(value: unknown) {
      const parts = parseUrl(parser, value, undefined);
      if (parts === null) throw new TypeError(`Invalid URL: ${toUsvString(value).slice(0, 200)}`);
      this.#parts = parts;
      this.#followSearch();
    }
    get origin(): string {
      return this.#parts.origin;
    }
    get protocol(): string {
      return this.#parts.protocol;
    }
    set protocol(value: unknown) {
      this.#assign("protocol", value);
    }
    get username(): string {
      return this.#parts.username;
    }
    set username(value: unknown) {
      this.#assign("username", value);
    }
    get password(): string {
      return this.#parts.password;
    }
    set password(value: unknown) {
      this.#assign("password", value);
    }
    get host(): string {
      const { hostname, port } = this.#parts;
      return port === "" ? hostname : `${hostname}:${port}`;
    }
    set host(value: unknown) {
      this.#assign("host", value);
    }
    get hostname(): string {
      return this.#parts.hostname;
    }
    set hostname(value: unknown) {
      this.#assign("hostname", value);
    }
    get port(): string {
      return this.#parts.port;
    }
    set port(value: unknown) {
      this.#assign("port", value);
    }
    get pathname(): string {
      return this.#parts.pathname;
    }
    set pathname(value: unknown) {
      this.#assign("pathname", value);
    }
    get search(): string {
      return this.#parts.search;
    }
    set search(value: unknown) {
      this.#assign("search", value);
      this.#followSearch();
    }
    get searchParams(): URLSearchParams {
      this.#params ??= searchParamsOf(this.#parts.search.slice(1), (query) => {
        this.#parts = withQuery(parser, this.#parts, query);
      });
      return this.#params;
    }
    get hash(): string {
      return this.#parts.hash;
    }
    set hash(value: unknown) {
      this.#assign("hash", value);
    }

    toString(): string {
      return this.#parts.href;
    }
    toJSON(): string {
      return this.#parts.href;
    }

    #assign(part: SettablePart, value: unknown): void {
      this.#parts = parser.assign(this.#parts.href, part, toUsvString(value));
    }

    #followSearch(): void {
      if (this.#params !== null) replaceSearchParams(this.#params, this.#parts.search.slice(1));
    }
  }
  shapeInterface(URL, "URL");
  return URL;
}

/** Null for what is no URL. `base` is undefined or converted as the input is. */
export function parseUrl(parser: UrlParser, input: unknown, base: unknown): UrlParts | null {
  const text = toUsvString(input);
  if (base === undefined) return parsePlainUrl(text) ?? parser.parse(text, null);
  const baseText = toUsvString(base);
  const isPath = text.charCodeAt(0) === 47 && text.charCodeAt(1) !== 47;
  const origin = isPath && parsePlainUrl(baseText) !== null ? ORIGIN.exec(baseText)?.[0] : undefined;
  const plain = origin === undefined ? null : parsePlainUrl(origin + text);
  return plain ?? parser.parse(text, baseText);
}

/** Parses the common kind of URL without leaving the sandbox; null when in doubt. */
function parsePlainUrl(text: string): UrlParts | null {
  const match = PLAIN.exec(text);
  if (match === null) return null;
  const [, scheme = "", hostname = "", port = "", pathname = "", search = "", hash = ""] = match;
  if (port !== "" && (Number(port) > 65_535 || port === (scheme === "http" ? "80" : "443"))) return null;
  if (search === "?" || hash === "#" || hostname.length > 200 || hostname.includes("xn--")) return null;
  if (pathname.includes("/.") && DOT_SEGMENT.test(pathname)) return null;
  // An escaped dot makes a dot segment too.
  if (pathname.includes("%2e") || pathname.includes("%2E")) return null;
  const origin = port === "" ? `${scheme}://${hostname}` : `${scheme}://${hostname}:${port}`;
  return {
    protocol: scheme === "http" ? "http:" : "https:",
    username: "",
    password: "",
    hostname,
    port,
    pathname,
    search,
    hash,
    origin,
    href: text,
  };
}

/** The parts with a query that was serialized from parameters, so that it needs no more encoding. */
function withQuery(parser: UrlParser, parts: UrlParts, query: string): UrlParts {
  // A path that is no list of segments changes its trailing space with the query.
  if (!parts.pathname.startsWith("/")) return parser.assign(parts.href, "search", query);
  const { href } = parts;
  const hashAt = href.indexOf("#");
  const beforeHash = hashAt === -1 ? href : href.slice(0, hashAt);
  const queryAt = beforeHash.indexOf("?");
  const beforeQuery = queryAt === -1 ? beforeHash : beforeHash.slice(0, queryAt);
  const search = query === "" ? "" : `?${query}`;
  return { ...parts, search, href: beforeQuery + search + (hashAt === -1 ? "" : href.slice(hashAt)) };
}
