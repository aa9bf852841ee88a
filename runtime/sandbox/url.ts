import { toText } from "./to-text.ts";
import { URLSearchParams } from "./url-search-params.ts";

/** The parts of a URL, named as the web names them. */
export interface UrlParts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  readonly href: string;
  readonly origin: string;
}

export const SETTABLE_PARTS = [
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;
export type SettablePart = (typeof SETTABLE_PARTS)[number];

/** Node's own parser, behind strings. Null means that the text is no URL. */
export interface UrlParser {
  parse(text: string, base: string | null): UrlParts | null;
  /** The parts after one of them was set, with the web's rules for ignoring bad values. */
  assign(href: string, part: SettablePart, value: string): UrlParts;
}

// Lower-case names that are surely no IPv4 in disguise, and characters that the parser would leave alone.
const PLAIN =
  /^(https?):\/\/((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(?::([1-9][0-9]{0,4}))?(\/[A-Za-z0-9._~!$&()*+,;=:@/-]*)(\?[A-Za-z0-9._~!$&()*+,;=:@/?%-]*)?(#[A-Za-z0-9._~-]*)?$/;

/** Makes the sandbox's URL class over a parser that is given once. */
export function makeUrlClass(parser: UrlParser) {
  const parse = (input: unknown, base: unknown): UrlParts | null => {
    const text = toText(input);
    return parsePlainUrl(text) ?? parser.parse(text, base === undefined ? null : toText(base));
  };
  return class URL extends MutableUrl {
    constructor(input: unknown, base?: unknown) {
      const parts = parse(input, base);
      if (parts === null) throw new TypeError(`Invalid URL: ${toText(input).slice(0, 200)}`);
      super(parser, parts);
    }

    static canParse(input: unknown, base?: unknown): boolean {
      return parse(input, base) !== null;
    }

    static parse(input: unknown, base?: unknown): URL | null {
      return URL.canParse(input, base) ? new URL(input, base) : null;
    }
  };
}

/** Parses the common kind of URL without leaving the sandbox; null when in doubt. */
function parsePlainUrl(text: string): UrlParts | null {
  const match = PLAIN.exec(text);
  if (match === null) return null;
  const [, scheme = "", hostname = "", port = "", pathname = "", search = "", hash = ""] = match;
  const isDefaultPort = (scheme === "http" && port === "80") || (scheme === "https" && port === "443");
  if (isDefaultPort || Number(port) > 65_535 || hostname.includes("xn--")) return null;
  if (search === "?" || hash === "#" || /\/\.{1,2}(?:\/|$)/.test(pathname)) return null;
  const origin = `${scheme}://${hostname}${port === "" ? "" : `:${port}`}`;
  return {
    protocol: `${scheme}:`,
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

/** The parts as properties that can be set. */
class MutableUrl {
  readonly #parser: UrlParser;
  #parts: UrlParts;
  #params: URLSearchParams | null = null;

  constructor(parser: UrlParser, parts: UrlParts) {
    this.#parser = parser;
    this.#parts = parts;
  }

  get searchParams(): URLSearchParams {
    this.#params ??= new URLSearchParams(this.#parts.search, (query) => {
      this.#assign("search", query);
    });
    return this.#params;
  }

  get href(): string {
    return this.#parts.href;
  }
  set href(value: string) {
    const parts = this.#parser.parse(value, null);
    if (parts === null) throw new TypeError(`Invalid URL: ${value.slice(0, 200)}`);
    this.#parts = parts;
    this.#followSearch();
  }
  get origin(): string {
    return this.#parts.origin;
  }
  get protocol(): string {
    return this.#parts.protocol;
  }
  set protocol(value: string) {
    this.#assign("protocol", value);
  }
  get username(): string {
    return this.#parts.username;
  }
  set username(value: string) {
    this.#assign("username", value);
  }
  get password(): string {
    return this.#parts.password;
  }
  set password(value: string) {
    this.#assign("password", value);
  }
  get host(): string {
    return this.#parts.port === "" ? this.#parts.hostname : `${this.#parts.hostname}:${this.#parts.port}`;
  }
  set host(value: string) {
    this.#assign("host", value);
  }
  get hostname(): string {
    return this.#parts.hostname;
  }
  set hostname(value: string) {
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
  set pathname(value: string) {
    this.#assign("pathname", value);
  }
  get search(): string {
    return this.#parts.search;
  }
  set search(value: string) {
    this.#assign("search", value);
    this.#followSearch();
  }
  get hash(): string {
    return this.#parts.hash;
  }
  set hash(value: string) {
    this.#assign("hash", value);
  }

  toString(): string {
    return this.#parts.href;
  }
  toJSON(): string {
    return this.#parts.href;
  }
  get [Symbol.toStringTag](): string {
    return "URL";
  }

  #assign(part: SettablePart, value: unknown): void {
    this.#parts = this.#parser.assign(this.#parts.href, part, toText(value));
  }

  #followSearch(): void {
    if (this.#params !== null) URLSearchParams.replacePairs(this.#params, this.#parts.search);
  }
}
