import type { IncomingHttpHeaders } from "node:http";

const USER_HEADER = "x-user-id";
const COOKIE_LENGTH_MAX = 16_384;

/** What a request says about who sent it. Header names are in lower case, as node:http gives them. */
export interface Caller {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
}

/** The text that keeps one client on one revision, by `header:NAME`, `cookie:NAME`, `user` or `ip`; null when it is not there. */
export function stickyKey(stickyBy: string, caller: Caller): string | null {
  const [kind, name = ""] = stickyBy.split(":");
  switch (kind) {
    case "header":
      return textOf(caller.headers[name.toLowerCase()]);
    case "user":
      return textOf(caller.headers[USER_HEADER]);
    case "cookie":
      return cookieOf(caller.headers.cookie, name);
    case "ip":
      return textOf(caller.remoteAddress);
    default:
      // A newer control plane may know other ways; without its key a request is allocated by chance.
      return null;
  }
}

function textOf(value: string | readonly string[] | undefined): string | null {
  const text = typeof value === "object" ? value.join(", ") : value;
  return text === undefined || text === "" ? null : text;
}

/** The first cookie of that name, as it stands. */
function cookieOf(header: string | undefined, name: string): string | null {
  for (const pair of header?.slice(0, COOKIE_LENGTH_MAX).split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) return textOf(pair.slice(at + 1).trim());
  }
  return null;
}
