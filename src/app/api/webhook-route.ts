import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

/** GitHub's own limit for a payload. */
const bodyBytesMax = 25 * 1024 * 1024;

type Middleware = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Hands webhook deliveries to Probot as they come from the socket, after their size was checked: Probot has no limit of its own. */
export async function webhookRoute(
  app: FastifyInstance,
  { middleware }: { middleware: Middleware },
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.post("/api/github/webhooks", async (request, reply) => {
    const length = Number(request.headers["content-length"] ?? "0");
    if (!Number.isFinite(length) || length > bodyBytesMax) {
      return reply.code(413).send({ error: { code: "too_large", message: "a webhook has at most 25 MiB" } });
    }
    let received = 0;
    request.raw.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received > bodyBytesMax) request.raw.destroy();
    });
    reply.hijack();
    await middleware(request.raw, reply.raw);
    return reply;
  });
}
