import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import { generateLoad } from "./generate-load.ts";
import type { LoadResult } from "./messages.ts";

let server: Server | null = null;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function loadOn(listener: RequestListener, finish = new AbortController().signal): Promise<LoadResult> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const targets = [{ path: "/", body: "right" }];
  return generateLoad({ host: "127.0.0.1", port, targets, connections: 4, durationMs: 100 }, finish);
}

describe("the load generator", () => {
  it("counts what was answered rightly", async () => {
    let served = 0;
    const result = await loadOn((_request, response) => {
      served += 1;
      response.end("right");
    });
    expect(result).toMatchObject({ failures: 0, requests: served });
    expect(served).toBeGreaterThan(4);
    expect(result.p99Us).toBeGreaterThanOrEqual(result.p50Us);
  });

  it.each<[string, RequestListener]>([
    ["a wrong body", (_request, response) => response.end("wrong")],
    ["a status", (_request, response) => response.writeHead(503).end("right")],
    ["a connection that closes", (request) => request.socket.destroy()],
  ])("takes %s for a failure", async (_, listener) => {
    const { failures, examples } = await loadOn(listener);
    expect(failures).toBeGreaterThan(0);
    expect(examples.length).toBeLessThanOrEqual(5);
  });

  it("goes on over a connection that the server closes in order", async () => {
    const result = await loadOn((_request, response) => {
      response.setHeader("connection", "close").end("right");
    });
    expect(result.failures).toBe(0);
    expect(result.requests).toBeGreaterThan(4);
  });
});
