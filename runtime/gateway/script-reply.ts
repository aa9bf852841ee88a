import { wireBodyToBuffer } from "../isolates/wire-body.ts";
import type { WireResponse } from "../sandbox/messages.ts";
import type { GatewayReply } from "./gateway-error.ts";

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const HEADERS_MAX = 200;
const HEADER_LENGTH_MAX = 32 * 1024;
// How a message is framed, and what the platform says of itself, are not the script's to write.
const RESERVED = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const BODYLESS_STATUSES = new Set([204, 205, 304]);

/** What a script answered, fit to be sent; null when no clean response can be made of it. */
export function scriptReply(response: WireResponse, bodyBytesMax: number): GatewayReply | null | "too-large" {
  const { status } = response;
  if (!Number.isInteger(status) || status < 200 || status > 599) return null;
  if (response.headers.length > HEADERS_MAX) return null;
  const headers: [string, string][] = [];
  let length = 0;
  for (const [rawName, value] of response.headers) {
    const name = rawName.toLowerCase();
    if (!NAME.test(name) || !VALUE.test(value)) return null;
    length += name.length + value.length;
    if (!RESERVED.has(name) && !name.startsWith("x-showrunner-")) headers.push([name, value]);
  }
  if (length > HEADER_LENGTH_MAX) return null;
  const body = wireBodyToBuffer(response.body);
  if (body.length > bodyBytesMax) return "too-large";
  return { status, headers, body: BODYLESS_STATUSES.has(status) ? Buffer.alloc(0) : body };
}
