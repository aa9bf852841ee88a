import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";

/** `reasons` is what holds the node back; empty when it is ready. */
export interface NodeReadiness {
  readonly isReady: boolean;
  readonly reasons: readonly string[];
  readonly failed: readonly string[];
}

export interface AdminDeps {
  readonly metrics: Registry;
  readonly readiness: () => NodeReadiness;
}

/** The operators' side of a node: /healthz, /readyz and /metrics. */
export function createAdminServer(deps: AdminDeps): Server {
  return createServer((message, response) => {
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    switch (message.url?.split("?")[0]) {
      case "/healthz":
        json(200, { state: "ok" });
        return;
      case "/readyz": {
        const { isReady, reasons, failed } = deps.readiness();
        json(isReady ? 200 : 503, { state: isReady ? "ready" : "not ready", reasons, failed });
        return;
      }
      case "/metrics":
        deps.metrics.metrics().then(
          (text) => {
            response.writeHead(200, { "content-type": deps.metrics.contentType });
            response.end(text);
          },
          () => {
            json(500, { state: "the metrics cannot be read" });
          },
        );
        return;
      case undefined:
      default:
        json(404, { state: "not found" });
    }
  });
}
