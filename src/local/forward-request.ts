import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { pipeline } from "node:stream";

export type ForwardOutcome =
  /** The client has an answer, or is gone. */
  | { readonly kind: "done" }
  /** No connection was made: nothing of the request was sent. */
  | { readonly kind: "refused" }
  /** The connection broke before an answer began; the request may or may not have been carried out. */
  | { readonly kind: "lost" }
  | { readonly kind: "timedOut" };

const ANSWER_TIMEOUT_MS = 65_000;

/** Headers that belong to one connection rather than to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);

/** Whether the same request may be sent again when its connection broke: it has no body and changes nothing. */
export function isReplayable(request: IncomingMessage): boolean {
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
  return !hasBody && ["GET", "HEAD", "OPTIONS"].includes(request.method ?? "");
}

/**
 * Sends one request on to `origin` and its answer back. Unless `outcome.kind` is "done", nothing was written to the
 * client. `agent` false makes a connection for this request alone.
 */
export async function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  agent: Agent | false,
): Promise<ForwardOutcome> {
  return await new Promise((resolve) => {
    const { hostname, port } = new URL(origin);
    const upstream = httpRequest({
      hostname,
      port,
      agent,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: requestHeaders(request),
      setDefaultHeaders: false,
    });
    let connected = false;
    const abandon = (): void => {
      upstream.destroy();
      resolve({ kind: "done" });
    };
    response.once("close", abandon);
    const settle = (outcome: ForwardOutcome): void => {
      response.off("close", abandon);
      resolve(outcome);
    };
    onConnected(upstream, () => {
      connected = true;
      sendBody(request, upstream);
    });
    upstream.setTimeout(ANSWER_TIMEOUT_MS, () => {
      settle({ kind: "timedOut" });
      upstream.destroy();
    });
    upstream.once("error", () => settle({ kind: connected ? "lost" : "refused" }));
    upstream.once("response", (answer) => {
      response.writeHead(
        answer.statusCode ?? 502,
        answer.statusMessage ?? "",
        endToEnd(answer, ["transfer-encoding"]),
      );
      // Headers go out with the first byte of the body otherwise, which a slow stream may hold back for long.
      response.flushHeaders();
      pipeline(answer, response, (error) => {
        if (error) response.destroy();
        settle({ kind: "done" });
      });
    });
  });
}

/** Calls back once there is a connection; a body is only started then, so that a refused one can go elsewhere whole. */
function onConnected(upstream: ClientRequest, callback: () => void): void {
  upstream.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", callback);
    else callback();
  });
}

function sendBody(request: IncomingMessage, upstream: ClientRequest): void {
  if (isReplayable(request)) upstream.end();
  else request.pipe(upstream);
}

function requestHeaders(request: IncomingMessage): string[] {
  const client = request.socket.remoteAddress ?? "unknown";
  return [...endToEnd(request, ["expect"]), "x-forwarded-for", client];
}

/** The raw headers, in order and with repetitions, without those that end here. */
function endToEnd(message: IncomingMessage, alsoWithout: readonly string[]): string[] {
  const named = (message.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const without = new Set([...HOP_BY_HOP, ...alsoWithout, ...named]);
  const headers: string[] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index]!;
    if (!without.has(name.toLowerCase())) headers.push(name, message.rawHeaders[index + 1]!);
  }
  return headers;
}
