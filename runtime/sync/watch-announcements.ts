import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { backoffMs } from "../backoff-ms.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

// Three of the comment lines that keep a stream alive; without them a dead connection would look like a quiet one.
const SILENCE_MS_MAX = 45_000;
const EVENT_LENGTH_MAX = 64 * 1024;

/** Follows the region's event stream until the signal aborts, and tells of each document that it names. */
export async function watchAnnouncements(
  client: ControlPlaneClient,
  region: string,
  random: () => number,
  onAnnounced: (etag: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  let attempts = 0;
  while (!signal.aborted) {
    const attempt = new AbortController();
    try {
      const stream = await client.openEvents(region, AbortSignal.any([signal, attempt.signal]));
      await readAnnouncements(stream, attempt, (etag) => {
        attempts = 0;
        onAnnounced(etag);
      });
    } catch {
      // A stream that breaks is opened again; the poll covers the time between.
    }
    attempt.abort();
    attempts += 1;
    await sleep(backoffMs(attempts, random()), undefined, { signal, ref: false }).catch(() => {});
  }
}

async function readAnnouncements(
  stream: ReadableStream<Uint8Array>,
  attempt: AbortController,
  onAnnounced: (etag: string | null) => void,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === "document") onAnnounced(readEtag(data));
    },
    onError: () => {},
  });
  const decoder = new TextDecoder();
  let unparsedLength = 0;
  let silence: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      attempt.abort();
    }, SILENCE_MS_MAX);
    silence.unref();
  };
  listen();
  try {
    for await (const chunk of stream) {
      listen();
      const text = decoder.decode(chunk, { stream: true });
      unparsedLength = text.includes("\n") ? 0 : unparsedLength + text.length;
      if (unparsedLength > EVENT_LENGTH_MAX) return;
      parser.feed(text);
    }
  } finally {
    clearTimeout(silence);
  }
}

/** Null when the data is not what the protocol says: then the document itself will tell. */
function readEtag(data: string): string | null {
  try {
    const value: unknown = JSON.parse(data);
    const etag: unknown = typeof value === "object" && value !== null && "etag" in value ? value.etag : null;
    return typeof etag === "string" ? etag : null;
  } catch {
    return null;
  }
}
