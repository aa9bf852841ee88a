import { setTimeout as sleep } from "node:timers/promises";
import { apiPlace } from "./api-client.ts";
import type { CliContext } from "./cli-context.ts";
import { createFrameReader, type ServerSentEvent } from "./sse-frames.ts";

/** The server shows life every 15 s; a connection that is silent for longer than this is dead. */
const SILENCE_MS_MAX = 40_000;
const RETRY_MS = 1_000;
const HEARD_MAX = 1_000;

/** What happens at the control plane, from the moment it was asked for; it survives restarts of the control plane. */
export interface Changes {
  /** Resolves at the next change, or after the time; what happened meanwhile, oldest first. */
  next(timeoutMs: number): Promise<readonly ServerSentEvent[]>;
  close(): Promise<void>;
}

/** Follows the event stream; after a loss it goes on behind the last event that it saw. */
export function followChanges(context: CliContext): Changes {
  const closing = new AbortController();
  let heard: ServerSentEvent[] = [];
  let wake: (() => void) | null = null;
  const running = follow(context, closing.signal, (events) => {
    heard = [...heard, ...events].slice(-HEARD_MAX);
    wake?.();
  });
  return {
    async next(timeoutMs) {
      if (heard.length === 0) {
        const waited = new AbortController();
        await Promise.race([
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
          sleep(timeoutMs, undefined, { signal: AbortSignal.any([waited.signal, closing.signal]) }).catch(
            () => undefined,
          ),
        ]);
        waited.abort();
      }
      const events = heard;
      heard = [];
      return events;
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Connects again and again until the signal; that the server cannot be reached is for the caller to find by asking. */
async function follow(
  context: CliContext,
  signal: AbortSignal,
  hear: (events: readonly ServerSentEvent[]) => void,
): Promise<void> {
  let lastId: string | null = null;
  while (!signal.aborted) {
    try {
      await stream(context, signal, lastId, (events) => {
        lastId = events.findLast((event) => event.id !== null)?.id ?? lastId;
        hear(events);
      });
    } catch {
      // Broken connections and refusals alike: the caller's own requests tell which.
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function stream(
  context: CliContext,
  signal: AbortSignal,
  lastId: string | null,
  hear: (events: readonly ServerSentEvent[]) => void,
): Promise<void> {
  const { base, headers } = await apiPlace(context);
  const silence = new AbortController();
  const response = await context.fetch(new URL("/api/events", base), {
    headers: { accept: "text/event-stream", ...headers, ...(lastId !== null && { "last-event-id": lastId }) },
    signal: AbortSignal.any([signal, silence.signal, AbortSignal.timeout(24 * 3_600_000)]),
    redirect: "error",
  });
  if (!response.ok || response.body === null) return;
  const readFrames = createFrameReader();
  const decoder = new TextDecoder();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  try {
    for await (const chunk of response.body) {
      timer.refresh();
      const events = readFrames(decoder.decode(chunk, { stream: true }));
      if (events.length > 0) hear(events);
    }
  } finally {
    clearTimeout(timer);
  }
}
