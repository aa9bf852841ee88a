import type { FastifyReply, FastifyRequest } from "fastify";
import { type EventRecord, latestEventId, readEvents } from "#adapters/store/events.ts";
import type { Store } from "#adapters/store/open-store.ts";

const batchMax = 200;
const keepAliveMs = 15_000;
/** A reader that takes nothing is cut off when this much waits for it, bytes; it resumes where it was. */
const backlogBytesMax = 1024 * 1024;

/** Streams the store's events to one reader, from after its Last-Event-ID, or from now. */
export async function streamEvents(
  store: Store,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const resumeFrom = Number(request.headers["last-event-id"]);
  let lastId =
    Number.isSafeInteger(resumeFrom) && resumeFrom >= 0 && request.headers["last-event-id"]
      ? resumeFrom
      : await latestEventId(store.db);
  reply.hijack();
  const stream = reply.raw;
  stream.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  stream.write("retry: 1000\n\n");

  let isReading = false;
  let again = false;
  const pump = async () => {
    again = true;
    if (isReading) return;
    isReading = true;
    try {
      while (again && !stream.destroyed) {
        again = false;
        const events = await readEvents(store.db, lastId, batchMax);
        for (const event of events) stream.write(frame(event));
        lastId = events.at(-1)?.id ?? lastId;
        if (events.length === batchMax) again = true;
        if (stream.writableLength > backlogBytesMax) stream.destroy();
      }
    } catch {
      stream.destroy();
    } finally {
      isReading = false;
    }
  };
  const unsubscribe = store.onChange((change) => {
    if (change.kind !== "region") void pump();
  });
  const keepAlive = setInterval(() => stream.write(":\n\n"), keepAliveMs);
  stream.on("close", () => {
    clearInterval(keepAlive);
    unsubscribe();
  });
  void pump();
  return reply;
}

function frame({ id, type, data, atMs }: EventRecord): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ ...data, at: new Date(atMs).toISOString() })}\n\n`;
}
