import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { onChange, type Change } from "./changes.ts";
import type { Database } from "./database.ts";
import { openEmbedded } from "./embedded-connection.ts";
import { openPostgres } from "./postgres-connection.ts";
import { createReconcileQueue, type ReconcileQueue } from "./reconcile-queue.ts";
import { createRecords, type Records } from "./records.ts";

export interface StoreOptions {
  /** A PostgreSQL server's connection URL; null opens the embedded database in `dir`. */
  readonly databaseUrl: string | null;
  readonly dir: string;
  readonly logger: Logger;
}

/** The control plane's working memory. It may be dropped: everything in it is found again in git and on the nodes. */
export interface Store {
  readonly kind: "embedded" | "postgres";
  readonly db: Kysely<Database>;
  readonly queue: ReconcileQueue;
  readonly records: Records;
  /** Calls the listener for every change published by any replica; returns the call that ends it. */
  onChange(listener: (change: Change) => void): () => void;
  /** Stops the queue's work at once and lets go of the database. */
  close(): Promise<void>;
}

/** Opens the store and brings its schema up to date. Errors: `StoreHeldError`, `StoreUnusableError`. */
export async function openStore({ databaseUrl, dir, logger }: StoreOptions): Promise<Store> {
  const connection =
    databaseUrl === null ? await openEmbedded(dir, Date.now()) : await openPostgres(databaseUrl, logger);
  const queue = createReconcileQueue(connection.db, connection.notifications, logger);
  return {
    kind: databaseUrl === null ? "embedded" : "postgres",
    db: connection.db,
    queue,
    records: createRecords(connection.db),
    onChange: (listener) => onChange(connection.notifications, listener),
    async close() {
      await queue.stop(0);
      await connection.close();
    },
  };
}
