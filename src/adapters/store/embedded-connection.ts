import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect } from "kysely";
import { StoreUnusableError, errorText, type Connection } from "./connection.ts";
import { lockDirectory, type DirectoryLock } from "./directory-lock.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { NotificationHub, channels, type Notifications } from "./notifications.ts";
import { releaseAllClaims } from "./reconcile-claims.ts";
import { TurnTaking } from "./turn-taking.ts";

const int8Oid = 20;
const timestamptzOid = 1184;

/**
 * Opens the embedded PostgreSQL in a directory, for this process alone (`StoreHeldError`). Rows survive a kill of the
 * process at any moment; it does not sync to disk, so a power loss may cost some: production uses a PostgreSQL server.
 * Errors: `StoreUnusableError` names what is wrong with the directory.
 */
export async function openEmbedded(dir: string, nowMs: number): Promise<Connection> {
  const lock = takeDirectory(dir, nowMs);
  try {
    const pglite = await openPglite(dir);
    try {
      return await prepare(pglite, dir, lock);
    } catch (error) {
      await pglite.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw unusable(dir, error);
  }
}

async function prepare(pglite: PGlite, dir: string, lock: DirectoryLock): Promise<Connection> {
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }), plugins: [new TurnTaking()] });
  const notifications = await listen(pglite);
  await migrate(db);
  // Nobody else can hold this directory, so whoever claimed keys is dead.
  await releaseAllClaims(db);
  markComplete(dir);
  return {
    db,
    notifications,
    async close() {
      await notifications.close();
      await db.destroy();
      lock.release();
    },
  };
}

function takeDirectory(dir: string, nowMs: number): DirectoryLock {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
  } catch (error) {
    throw unusable(dir, error);
  }
  return lockDirectory(dir, nowMs);
}

async function openPglite(dir: string): Promise<PGlite> {
  const data = join(dir, "data");
  // Without the mark the first opening was cut short: the files are incomplete and nothing in them was promised.
  if (existsSync(data) && !existsSync(join(dir, "complete"))) rmSync(data, { recursive: true });
  if (existsSync(data) && !existsSync(join(data, "PG_VERSION"))) {
    throw new Error(`${data} holds no database (${readdirSync(data).length} files, no PG_VERSION)`);
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return PGlite.create({
    dataDir: data,
    // The default of 128 MB is as much again as all the rest; a control plane's working set is small.
    startParams: [...PGlite.defaultStartParams, "-c", "shared_buffers=16MB"],
    parsers: { [int8Oid]: Number, [timestamptzOid]: (text: string) => Date.parse(text) },
  });
}

function markComplete(dir: string): void {
  writeFileSync(join(dir, "complete"), "The first opening of data/ ran to its end.\n", { mode: 0o600 });
}

async function listen(pglite: PGlite): Promise<Notifications> {
  const hub = new NotificationHub();
  const stops = await Promise.all(
    channels.map((channel) => pglite.listen(channel, (payload) => hub.emit(channel, payload))),
  );
  return {
    subscribe: (channel, listener) => hub.subscribe(channel, listener),
    async close() {
      for (const stop of stops) await stop();
    },
  };
}

function unusable(dir: string, error: unknown): StoreUnusableError {
  return new StoreUnusableError(
    `the store in ${dir} cannot be opened: ${errorText(error)}. It is working memory: move it away and start again, ` +
      "and it is rebuilt from git and the nodes",
    error,
  );
}
