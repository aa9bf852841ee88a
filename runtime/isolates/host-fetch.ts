import { lookup } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { errorCode } from "../error-text.ts";
import { wireBodyToBuffer, bufferToWireBody } from "./wire-body.ts";
import type { FetchRedirect, HeaderPairs, WireFetchReply, WireRequest } from "../sandbox/messages.ts";
import { decideEgress, type EgressRules, type EgressTarget } from "./egress-policy.ts";

const REDIRECTS_MAX = 5;
const TIMEOUT_MS = 10_000;
const RESPONSE_BYTES_MAX = 8 * 1024 * 1024;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const HOP_HEADERS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const CREDENTIAL_HEADERS = new Set(["authorization", "cookie"]);

/** Addresses of a host name. In tests it stands in for DNS. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export async function resolveByDns(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderPairs;
  readonly body: Buffer;
}

type HopResult = { readonly message: IncomingMessage } | { readonly refused: string };

/**
 * A script's `fetch`. Each hop is resolved, decided on, and connected to the very address that was decided on. Never
 * throws: refusals and failures are replies.
 */
export async function hostFetch(
  rules: EgressRules,
  resolve: Resolve,
  request: WireRequest,
  redirect: FetchRedirect,
  cancelled: AbortSignal,
): Promise<WireFetchReply> {
  const signal = AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT_MS)]);
  const first = URL.parse(request.url);
  if (first === null) return { ok: false, message: "the URL cannot be read" };
  let hop: Hop = {
    url: first,
    method: request.method,
    headers: request.headers.filter(([name]) => !HOP_HEADERS.has(name.toLowerCase())),
    body: wireBodyToBuffer(request.body),
  };
  try {
    for (let redirects = 0; ; redirects += 1) {
      const result = await sendHop(rules, resolve, hop, signal);
      if ("refused" in result) return { ok: false, message: result.refused };
      const { message } = result;
      const next = REDIRECT_STATUSES.has(message.statusCode ?? 0) ? nextHop(hop, message) : null;
      if (next === null || redirect === "manual") return await readReply(message, hop.url, redirects > 0);
      message.destroy();
      if (redirect === "error") return { ok: false, message: "the answer is a redirect" };
      if (redirects >= REDIRECTS_MAX) return { ok: false, message: `more than ${REDIRECTS_MAX} redirects` };
      hop = next;
    }
  } catch (error) {
    if (signal.aborted)
      return { ok: false, message: `no answer from ${hop.url.host} within ${TIMEOUT_MS} ms` };
    return { ok: false, message: `calling ${hop.url.host}: ${errorCode(error) ?? "failed"}` };
  }
}

async function sendHop(
  rules: EgressRules,
  resolve: Resolve,
  hop: Hop,
  signal: AbortSignal,
): Promise<HopResult> {
  const { url } = hop;
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return { refused: `${url.protocol} is not callable` };
  const target = targetOf(url);
  const addresses = isIP(target.host) === 0 ? await resolve(target.host) : [target.host];
  signal.throwIfAborted();
  let refused = `${target.host} has no address`;
  for (const address of addresses) {
    const decision = decideEgress(rules, target, address);
    if (decision.allowed) return { message: await connect(hop, address, signal) };
    refused = decision.reason;
  }
  return { refused };
}

async function connect(hop: Hop, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { url } = hop;
  // The name is not resolved again: a second answer could be another address.
  const toChecked: LookupFunction = (_host, options, done) => {
    const family = isIP(address);
    if (options.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method: hop.method,
      agent: false,
      lookup: toChecked,
      signal,
      headers: Object.fromEntries([...hop.headers, ["accept-encoding", "identity"]]),
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    if (hop.body.length > 0) outgoing.setHeader("content-length", hop.body.length);
    outgoing.end(hop.body);
  });
}

/** The request that a redirect asks for, or null when it names no place. */
function nextHop(hop: Hop, message: IncomingMessage): Hop | null {
  const { location } = message.headers;
  const url = location === undefined ? null : URL.parse(location, hop.url);
  if (url === null) return null;
  const status = message.statusCode;
  const becomesGet = status === 303 || ((status === 301 || status === 302) && hop.method === "POST");
  const isSameOrigin = url.origin === hop.url.origin;
  return {
    url,
    method: becomesGet && hop.method !== "HEAD" ? "GET" : hop.method,
    headers: hop.headers.filter(([name]) => {
      const key = name.toLowerCase();
      return (isSameOrigin || !CREDENTIAL_HEADERS.has(key)) && !(becomesGet && key.startsWith("content-"));
    }),
    body: becomesGet ? Buffer.alloc(0) : hop.body,
  };
}

async function readReply(message: IncomingMessage, url: URL, redirected: boolean): Promise<WireFetchReply> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > RESPONSE_BYTES_MAX) {
      message.destroy();
      return { ok: false, message: `the answer of ${url.host} is over ${RESPONSE_BYTES_MAX} bytes` };
    }
    chunks.push(chunk);
  }
  const headers: [string, string][] = [];
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (!HOP_HEADERS.has(name)) for (const value of values ?? []) headers.push([name, value]);
  }
  const status = message.statusCode ?? 0;
  if (status < 200 || status > 599)
    return { ok: false, message: `${url.host} answered with status ${status}` };
  const body = bufferToWireBody(Buffer.concat(chunks));
  return { ok: true, response: { status, headers, body }, url: url.href, redirected };
}

function targetOf(url: URL): EgressTarget {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return {
    host: url.hostname
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "")
      .toLowerCase(),
    port,
  };
}
