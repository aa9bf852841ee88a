/** A destination of an egress list: a host with a port, or a range of addresses with all ports. */
export type Endpoint =
  | { readonly kind: "host"; readonly host: string; readonly port: number; readonly address: Address | null }
  | { readonly kind: "range"; readonly address: Address; readonly bits: number };

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** Reads "catalog.internal:443", "10.1.2.3:80", "[fd00::1]:443" or "10.0.0.0/8"; null when it is neither. */
export function parseEndpoint(text: string): Endpoint | null {
  const slash = text.lastIndexOf("/");
  if (slash !== -1) {
    const address = parseAddress(text.slice(0, slash));
    const bits = /^[0-9]{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : NaN;
    if (address === null || !(bits <= widthOf(address))) return null;
    return { kind: "range", address, bits };
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  if (match === null) return null;
  const host = (match[1] ?? match[2] ?? "").toLowerCase();
  const port = Number(match[3]);
  const address = parseAddress(host);
  // Some programs read "2130706433" and "0x7f.1" as addresses, so a name does not end like a number.
  const isNumeric = /(^|\.)(0x[0-9a-f]*|[0-9]+)$/.test(host) || match[1] !== undefined;
  if (port < 1 || port > 65535 || (isNumeric ? address === null : !HOST_NAME.test(host))) return null;
  return { kind: "host", host, port, address };
}

/** Whether everything that `wanted` reaches is in `granted` too. */
export function covers(granted: Endpoint, wanted: Endpoint): boolean {
  if (granted.kind === "host") {
    return wanted.kind === "host" && wanted.port === granted.port && sameHost(granted, wanted);
  }
  if (wanted.address === null) return false;
  const bits = wanted.kind === "range" ? wanted.bits : widthOf(wanted.address);
  return bits >= granted.bits && inRange(wanted.address, granted.address, granted.bits);
}

/** Why this destination is always refused; null when it is not. A range that holds a refused address is refused. */
export function forbiddenReason(endpoint: Endpoint): string | null {
  if (endpoint.kind === "host") {
    const named = FORBIDDEN_NAMES.find(
      ({ name }) => endpoint.host === name || endpoint.host.endsWith(`.${name}`),
    );
    if (named !== undefined) return named.reason;
  }
  const { address } = endpoint;
  if (address === null) return null;
  const bits = endpoint.kind === "range" ? endpoint.bits : widthOf(address);
  const hit = FORBIDDEN_RANGES.find((range) => {
    const common = Math.min(bits, range.bits);
    return inRange(address, range.address, common);
  });
  return hit?.reason ?? null;
}

const FORBIDDEN_NAMES = [
  { name: "localhost", reason: "it is the node itself" },
  { name: "metadata.google.internal", reason: "it is the cloud's metadata service" },
  { name: "metadata.azure.internal", reason: "it is the cloud's metadata service" },
  { name: "instance-data.ec2.internal", reason: "it is the cloud's metadata service" },
] as const;

const FORBIDDEN_RANGES = (
  [
    ["169.254.0.0/16", "it holds the cloud's metadata service and link-local addresses"],
    ["127.0.0.0/8", "it is the node itself"],
    ["0.0.0.0/8", "it is the node itself"],
    ["224.0.0.0/4", "it is multicast"],
    ["::1/128", "it is the node itself"],
    ["::/128", "it is the node itself"],
    ["fe80::/10", "it is link-local"],
    ["ff00::/8", "it is multicast"],
    ["::ffff:0:0/96", "it hides an address of version 4, which is written as such"],
    ["64:ff9b::/96", "it hides an address of version 4, which is written as such"],
    ["fd00:ec2::254/128", "it is the cloud's metadata service"],
  ] as const
).map(([text, reason]) => {
  const endpoint = parseEndpoint(text);
  if (endpoint?.kind !== "range") throw new Error(`not a range: ${text}`);
  return { address: endpoint.address, bits: endpoint.bits, reason };
});

function sameHost(a: Endpoint & { kind: "host" }, b: Endpoint & { kind: "host" }): boolean {
  if (a.address === null || b.address === null) return a.host === b.host;
  return a.address.family === b.address.family && a.address.value === b.address.value;
}

function inRange(address: Address, base: Address, bits: number): boolean {
  if (address.family !== base.family) return false;
  const shift = BigInt(widthOf(base) - bits);
  return address.value >> shift === base.value >> shift;
}

function widthOf(address: Address): number {
  return address.family === 4 ? 32 : 128;
}

function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseAddress6(text) : parseAddress4(text);
}

function parseAddress4(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    // A leading zero would be read as octal by some programs.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256n + BigInt(part);
  }
  return { family: 4, value };
}

function parseAddress6(text: string): Address | null {
  const embedded = /^(.*:)([0-9.]+)$/.exec(text);
  if (embedded !== null && embedded[2]?.includes(".")) {
    const tail = parseAddress4(embedded[2]);
    if (tail === null) return null;
    const [high, low] = [tail.value >> 16n, tail.value & 0xffffn];
    return parseAddress6(`${embedded[1]}${high.toString(16)}:${low.toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return { family: 6, value: groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n) };
}
