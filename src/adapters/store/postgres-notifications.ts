import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
import { NotificationHub, channels, type Channel, type Notifications } from "./notifications.ts";

const reconnectMsMin = 500;
const reconnectMsMax = 10_000;

/** Listens on a connection of its own, which is replaced when it breaks; listeners then get null. */
export async function openPostgresNotifications(databaseUrl: string, logger: Logger): Promise<Notifications> {
  const hub = new NotificationHub();
  const closing = new AbortController();
  let client = await connect(databaseUrl, hub);
  const kept = keepConnected();

  async function keepConnected(): Promise<void> {
    for (;;) {
      await broken(client, closing.signal);
      if (closing.signal.aborted) return;
      logger.warn("lost the database connection that listens for changes");
      const next = await reconnect();
      if (!next) return;
      client = next;
      for (const channel of channels) hub.emit(channel, null);
    }
  }

  async function reconnect(): Promise<Client | null> {
    for (let delayMs = reconnectMsMin; ; delayMs = Math.min(delayMs * 2, reconnectMsMax)) {
      // Spread over the upper half: every replica lost the server at the same moment.
      const jitteredMs = (delayMs * (1 + Math.random())) / 2;
      await sleep(jitteredMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return null;
      try {
        return await connect(databaseUrl, hub);
      } catch (error) {
        logger.warn({ err: error }, "the database cannot be reached; trying again");
      }
    }
  }

  return {
    subscribe: (channel, listener) => hub.subscribe(channel, listener),
    async close() {
      closing.abort();
      await kept;
      await client.end().catch(() => undefined);
    },
  };
}

async function connect(databaseUrl: string, hub: NotificationHub): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: "showrunner listener",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  client.on("notification", ({ channel, payload }) => {
    if (isChannel(channel)) hub.emit(channel, payload ?? "");
  });
  // `broken` sees the end of the connection; an error event without a listener would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    for (const channel of channels) await client.query(`listen ${channel}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

function isChannel(name: string): name is Channel {
  return channels.some((channel) => channel === name);
}

function broken(client: Client, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.once("end", () => resolve());
    closing.addEventListener("abort", () => resolve(), { once: true });
    if (closing.aborted) resolve();
  });
}
