import type { ServerResponse } from "node:http";
import type { Overview } from "#app/api/overview.ts";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import fastify from "fastify";

export interface CannedServer {
  readonly url: string;
  /** What /api/overview answers from now on, without announcing it. */
  set(overview: Overview): void;
  /** Tells the pages that follow that something changed. */
  announce(): void;
  /** Ends every event stream, as a restart does; while `isDown`, the API answers 503. */
  drop(isDown: boolean): void;
  close(): Promise<void>;
}

/** The page in front of an API that answers what the test wants. */
export async function startCannedServer(first: Overview): Promise<CannedServer> {
  const app = fastify();
  const streams = new Set<ServerResponse>();
  let overview = first;
  let isDown = false;
  await app.register(dashboardPlugin({ version: "0.0.0-test" }));
  app.get("/api/overview", (_request, reply) =>
    isDown ? reply.code(503).send({}) : { ...overview, generatedAt: new Date().toISOString() },
  );
  app.get("/api/events", (_request, reply) => {
    if (isDown) {
      void reply.code(503).send();
      return;
    }
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream" });
    reply.raw.write("retry: 200\n\n");
    streams.add(reply.raw);
    reply.raw.on("close", () => streams.delete(reply.raw));
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    url,
    set(next) {
      overview = next;
    },
    announce() {
      streams.forEach((stream) => stream.write("event: change\ndata: {}\n\n"));
    },
    drop(down) {
      isDown = down;
      streams.forEach((stream) => stream.end());
    },
    async close() {
      streams.forEach((stream) => stream.end());
      await app.close();
    },
  };
}
