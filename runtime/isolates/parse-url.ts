import type { SettablePart, UrlParts } from "../sandbox/url-parser.ts";
import { SETTABLE_PARTS } from "../sandbox/url-parser.ts";

const URL_LENGTH_MAX = 64 * 1024;

/** Node's URL parser for the sandbox, strings only: JSON of UrlParts, or an empty string for no URL. */
export function parseUrlForSandbox(text: unknown, base: unknown): string {
  if (typeof text !== "string" || text.length > URL_LENGTH_MAX) return "";
  const url = typeof base === "string" ? URL.parse(text, base) : URL.parse(text);
  return url === null ? "" : JSON.stringify(partsOf(url));
}

/** The parts after setting one of them. An unknown part changes nothing. */
export function assignUrlForSandbox(href: unknown, part: unknown, value: unknown): string {
  const url = URL.parse(String(href));
  if (url === null) return "";
  if (isSettable(part) && typeof value === "string" && value.length <= URL_LENGTH_MAX) url[part] = value;
  return JSON.stringify(partsOf(url));
}

function isSettable(part: unknown): part is SettablePart {
  return SETTABLE_PARTS.some((known) => known === part);
}

function partsOf(url: URL): UrlParts {
  const { protocol, username, password, hostname, port, pathname, search, hash, href, origin } = url;
  return { protocol, username, password, hostname, port, pathname, search, hash, href, origin };
}
