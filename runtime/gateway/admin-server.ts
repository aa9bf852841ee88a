import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** `reasons` is what holds the node back; empty when it is ready. */
export interface NodeReadiness {
  readonly isReady: boolean;
  readonly reasons: readonly string[];
  readonly failed: readonly string[];
}

export interface AdminDeps {
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly readiness: () => NodeReadiness;
}

/** The operators' side of a node: /healthz, /readyz and /metrics. */
export function createAdminServer(deps: AdminDeps): Server {
  return createServer((message, response) => {
    void answer(deps, message, response);
  });
}

async function answer(deps: AdminDeps, message: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (message.url?.split("?")[0]) {
    case "/healthz":
      sendJson(response, 200, { state: "ok" });
      return;
    case "/readyz": {
      const { isReady, reasons, failed } = deps.readiness();
      sendJson(response, isReady ? 200 : 503, { state: isReady ? "ready" : "not ready", reasons, failed });
      return;
    }
    case "/metrics":
      try {
        const text = await deps.metrics.text();
        response.writeHead(200, { "content-type": deps.metrics.contentType });
        response.end(text);
      } catch {
        sendJson(response, 500, { state: "the metrics cannot be read" });
      }
      return;
    case undefined:
    default:
      sendJson(response, 404, { state: "not found" });
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
