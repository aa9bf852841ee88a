import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Where a request may go, with the very address, so that no later answer of DNS can change it. */
export type Destination =
  | { readonly ok: true; readonly url: URL; readonly address: string; readonly family: 4 | 6 }
  | { readonly ok: false; readonly isFinal: boolean; readonly reason: string };

/**
 * Resolves the address that a notification goes to. Only https to public addresses, unless the operator of this control
 * plane allows the "host:port" by its environment: fleet.yaml can be changed by more people than may look into this
 * network. All addresses of a name must be public.
 */
export async function destination(text: string, allowed: ReadonlySet<string>): Promise<Destination> {
  const url = URL.parse(text);
  if (url === null) return refused("its address is not a URL");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (url.protocol === "http:" ? "80" : "443") : url.port;
  const isAllowed = allowed.has(`${url.hostname}:${port}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isAllowed))
    return refused("its address does not begin with https://");
  if (url.username !== "" || url.password !== "") return refused("its address holds a name or a password");
  let found: { address: string; family: number }[];
  try {
    const family = isIP(host);
    found = family === 0 ? await lookup(host, { all: true }) : [{ address: host, family }];
  } catch {
    return { ok: false, isFinal: false, reason: "its name cannot be resolved" };
  }
  const [first] = found;
  if (first === undefined) return { ok: false, isFinal: false, reason: "its name has no address" };
  if (!isAllowed && !found.every(({ address }) => isPublic(address)))
    return refused("it is at an address that is not public; SHOWRUNNER_NOTIFY_ALLOW does not name it");
  return { ok: true, url, address: first.address, family: first.family === 6 ? 6 : 4 };
}

/** Reachable on the internet: not private, loopback, link-local, a cloud's metadata service, or any reserved range. */
function isPublic(address: string): boolean {
  const parsed = ipaddr.process(address);
  return parsed.range() === "unicast" && address !== "100.100.100.200";
}

function refused(reason: string): Destination {
  return { ok: false, isFinal: true, reason };
}
