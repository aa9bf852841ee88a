import { BlockList, isIP, isIPv4 } from "node:net";
import { assertNever } from "../assert-never.ts";

/** One end of a connection. `port` is 1 to 65535; `host` is a lower-case name, or an address without brackets. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

export interface EgressRules {
  /** The revision's own list: host:port or CIDR. */
  readonly scriptAllow: readonly string[];
  /** The fleet's list, from the region document. */
  readonly fleetAllow: readonly string[];
  /** Never reachable whatever is listed: the control plane and the node's own ports. */
  readonly denied: readonly EgressTarget[];
}

export type EgressDecision =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

type AddressKind = "public" | "private" | "loopback" | "forbidden";

// Link-local holds the metadata services of the clouds; nothing in these ranges is a service to call.
const FORBIDDEN = blockList([
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 128],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
  ["fd00:ec2::", 32],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["2001::", 32],
]);
const CLOUD_METADATA = new Set(["100.100.100.200"]);
const LOOPBACK = blockList([
  ["127.0.0.0", 8],
  ["::1", 128],
]);
const PRIVATE = blockList([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["fc00::", 7],
]);
// Names that no public DNS answers for, so that a stranger cannot point them at an inner address.
const INTERNAL_NAME = /^[^.]+$|\.(?:internal|local|lan|home\.arpa|svc)$/;

/**
 * Whether a script may connect to `address` for `target`. Both lists must allow the target. A private or loopback
 * address is allowed only when the fleet means it: by CIDR, as a literal address, or under an internal name.
 */
export function decideEgress(rules: EgressRules, target: EgressTarget, address: string): EgressDecision {
  const plainAddress = unmapped(address);
  const place = `${target.host}:${target.port}`;
  const isDenied = rules.denied.some(
    ({ host, port }) => port === target.port && (host === target.host || isSamePlace(host, plainAddress)),
  );
  if (isDenied) return { allowed: false, reason: `${place} belongs to the platform` };
  if (!lists(rules.scriptAllow, target, plainAddress)) {
    return { allowed: false, reason: `${place} is not in the script's egress list` };
  }
  if (!lists(rules.fleetAllow, target, plainAddress)) {
    return { allowed: false, reason: `${place} is not in the fleet's egress list` };
  }
  const kind = kindOf(plainAddress);
  switch (kind) {
    case "public":
      return { allowed: true };
    case "forbidden":
      return { allowed: false, reason: `${place} is at ${plainAddress}, which no script may call` };
    case "loopback":
    case "private":
      return isMeant(kind, rules.fleetAllow, target, plainAddress)
        ? { allowed: true }
        : { allowed: false, reason: `${place} is at the ${kind} address ${plainAddress}` };
    default:
      return assertNever(kind);
  }
}

/** Every loopback address reaches the same machine. */
function isSamePlace(host: string, address: string): boolean {
  return (
    host === address ||
    (kindOf(address) === "loopback" && (host === "localhost" || kindOf(host) === "loopback"))
  );
}

function isMeant(
  kind: "loopback" | "private",
  allow: readonly string[],
  target: EgressTarget,
  address: string,
): boolean {
  if (kind === "loopback") {
    // A wide network such as 0.0.0.0/0 means the world, never the node itself.
    const networks = allow.filter((entry) => kindOf(entry.split("/")[0] ?? "") === "loopback");
    if (networks.some((entry) => cidrHolds(entry, address))) return true;
    const isPlain = isIP(target.host) !== 0 || target.host === "localhost";
    const places = allow.filter((entry) => !entry.includes("/"));
    return isPlain && lists(places, target, address);
  }
  if (isIP(target.host) !== 0 || allow.some((entry) => cidrHolds(entry, address))) return true;
  return INTERNAL_NAME.test(target.host);
}

function lists(allow: readonly string[], target: EgressTarget, address: string): boolean {
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host;
  const place = `${host}:${target.port}`;
  return allow.some((entry) => entry.toLowerCase() === place || cidrHolds(entry, address));
}

function cidrHolds(entry: string, address: string): boolean {
  const [base = "", prefix = "", ...rest] = entry.split("/");
  const family = isIP(base);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

function kindOf(address: string): AddressKind {
  const family = isIP(address);
  if (family === 0) return "forbidden";
  const type = family === 4 ? "ipv4" : "ipv6";
  if (FORBIDDEN.check(address, type) || CLOUD_METADATA.has(address)) return "forbidden";
  if (LOOPBACK.check(address, type)) return "loopback";
  return PRIVATE.check(address, type) ? "private" : "public";
}

/** An IPv4 address written as IPv6 (::ffff:a.b.c.d) in its plain form. */
function unmapped(address: string): string {
  const lower = address.toLowerCase();
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(lower)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(lower);
  if (hex === null) return lower;
  const high = Number.parseInt(hex[1] ?? "0", 16);
  const low = Number.parseInt(hex[2] ?? "0", 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [base, prefix] of subnets) list.addSubnet(base, prefix, isIPv4(base) ? "ipv4" : "ipv6");
  return list;
}
