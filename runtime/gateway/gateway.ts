import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { LiveInstance } from "../isolates/live-instance.ts";
import type { DispatchOutcome } from "../isolates/script-instance.ts";
import { bufferToWireBody } from "../isolates/wire-body.ts";
import type { WireRequest } from "../sandbox/messages.ts";
import { gatewayError, type GatewayErrorCode, type GatewayReply } from "./gateway-error.ts";
import { readBody } from "./read-body.ts";
import { findRoute, type RouteTable } from "./route-table.ts";
import { scriptReply } from "./script-reply.ts";

const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const HTTP_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than a balancer keeps its side open, so that it does not send on a connection that is just closing.
  keepAliveTimeout: 65_000,
};
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;
const METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

export interface GatewayDeps {
  readonly region: string;
  readonly node: string;
  readonly logger: Logger;
  readonly routes: () => RouteTable<LiveInstance>;
  /** False until the first document is in force. */
  readonly hasDocument: () => boolean;
  readonly nowMs: () => number;
  readonly onAnswered: (live: LiveInstance, status: number, latencyMs: number) => void;
}

/** The public side of a node: HTTP in, the script's answer or a platform error out. */
export class Gateway {
  readonly server: Server;
  readonly #deps: GatewayDeps;
  #isDraining = false;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.server = createServer(HTTP_LIMITS, (message, response) => {
      this.#serve(message, response).catch((error: unknown) => {
        deps.logger.error({ err: error }, "the gateway failed on a request");
        response.destroy();
      });
    });
  }

  /** Takes no new connection, refuses new requests on old ones, and settles when all are answered or time is up. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.server.closeAllConnections();
      }, deadlineMs);
      this.server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const url = URL.parse(`http://localhost${message.url ?? ""}`);
    if (url === null || !(message.url ?? "").startsWith("/")) {
      this.#send(message, response, gatewayError("bad_request", null, requestId), requestId, null);
      return;
    }
    if (url.pathname === "/healthz") {
      this.#send(message, response, this.#health(), requestId, null);
      return;
    }
    const early = this.#refuse(message, url);
    if (early !== null) {
      this.#send(message, response, gatewayError(early, null, requestId), requestId, null);
      return;
    }
    const body = await readBody(message, REQUEST_BYTES_MAX);
    switch (body.kind) {
      case "broken":
        response.destroy();
        return;
      case "tooLarge":
        response.setHeader("connection", "close");
        this.#send(message, response, gatewayError("request_too_large", null, requestId), requestId, null);
        return;
      case "read":
        await this.#dispatch(message, response, url, body.bytes, requestId);
    }
  }

  #refuse(message: IncomingMessage, url: URL): GatewayErrorCode | null {
    if (this.#isDraining) return "draining";
    if (!METHODS.has(message.method ?? "")) return "method_not_allowed";
    if (url.pathname === "/_showrunner" || url.pathname.startsWith("/_showrunner/")) return "not_found";
    return this.#deps.hasDocument() ? null : "not_ready";
  }

  #health(): GatewayReply {
    const state = this.#isDraining ? "draining" : "ok";
    return {
      status: this.#isDraining ? 503 : 200,
      headers: [["content-type", "application/json"]],
      body: Buffer.from(JSON.stringify({ state, node: this.#deps.node, region: this.#deps.region })),
    };
  }

  async #dispatch(
    message: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
    requestId: string,
  ): Promise<void> {
    // From here to the instance nothing waits, so a swap cannot come between the choice and the dispatch.
    const header = message.headers["x-showrunner-version"];
    const version = typeof header === "string" && header !== "" ? header : null;
    const match = findRoute(this.#deps.routes(), url.pathname, version);
    switch (match.kind) {
      case "none":
        this.#send(message, response, gatewayError("not_found", null, requestId), requestId, null);
        return;
      case "unknownVersion":
        this.#send(
          message,
          response,
          gatewayError("unknown_version", match.script, requestId),
          requestId,
          null,
        );
        return;
      case "noDefault":
        this.#send(message, response, gatewayError("not_ready", match.script, requestId), requestId, null);
        return;
      case "found": {
        const live = match.target;
        const startedMs = performance.now();
        const outcome = await live.instance.dispatch(wireRequest(message, match.path + url.search, body), {
          requestId,
          wallMs: live.instance.settings.limits.wallMs,
        });
        const reply = this.#replyOf(outcome, live, requestId);
        const latencyMs = performance.now() - startedMs;
        live.record(reply.status, latencyMs, this.#deps.nowMs());
        this.#deps.onAnswered(live, reply.status, latencyMs);
        this.#send(message, response, reply, requestId, live);
      }
    }
  }

  #replyOf(outcome: DispatchOutcome, live: LiveInstance, requestId: string): GatewayReply {
    const { identity, settings } = live.instance;
    if (outcome.kind === "failure") return gatewayError(outcome.code, identity.script, requestId);
    const reply = scriptReply(outcome.response, settings.limits.responseMb * 1024 * 1024);
    if (reply === "too-large") return gatewayError("response_too_large", identity.script, requestId);
    return reply ?? gatewayError("invalid_response", identity.script, requestId);
  }

  #send(
    message: IncomingMessage,
    response: ServerResponse,
    reply: GatewayReply,
    requestId: string,
    live: LiveInstance | null,
  ): void {
    if (response.destroyed) return;
    const { region, node } = this.#deps;
    const identity = live?.instance.identity;
    const cookies = reply.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
    for (const [name, value] of reply.headers) if (name !== "set-cookie") response.setHeader(name, value);
    if (cookies.length > 0) response.setHeader("set-cookie", cookies);
    if (identity !== undefined) {
      response.setHeader("x-showrunner-script", identity.script);
      response.setHeader("x-showrunner-version", identity.version);
      response.setHeader("x-showrunner-revision", identity.digest);
      response.setHeader("x-showrunner-role", identity.role);
    }
    response.setHeader("x-showrunner-region", region);
    response.setHeader("x-showrunner-node", node);
    response.setHeader("x-request-id", requestId);
    if (this.#isDraining) response.setHeader("connection", "close");
    const isBodyless = reply.status === 204 || reply.status === 304;
    if (!isBodyless) response.setHeader("content-length", reply.body.length);
    response.writeHead(reply.status);
    response.end(message.method === "HEAD" || isBodyless ? undefined : reply.body);
  }
}

function wireRequest(message: IncomingMessage, target: string, body: Buffer): WireRequest {
  const host = message.headers.host ?? "";
  const headers: [string, string][] = [];
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) if (HEADER_VALUE.test(value)) headers.push([name, value]);
  }
  return {
    method: message.method ?? "GET",
    url: `http://${HOST.test(host) ? host : "localhost"}${target}`,
    headers,
    body: bufferToWireBody(body),
  };
}
