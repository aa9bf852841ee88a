import type { Transaction } from "kysely";
import type { Database, Executor } from "./database.ts";

const triesMax = 5;

/**
 * Runs `work` in a transaction, again when PostgreSQL chose it as a deadlock's or serialisation's victim. Inside,
 * every query must go through the given transaction: with the embedded database any other would wait for ever.
 * Given a transaction already, joins it. Keep the work short and free of calls to anything but the database.
 */
export async function transact<T>(
  db: Executor,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  if (isTransaction(db)) return work(db);
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries >= triesMax || !isConflict(error)) throw error;
    }
  }
}

function isTransaction(db: Executor): db is Transaction<Database> {
  return db.isTransaction;
}

/** PostgreSQL's serialization_failure and deadlock_detected. */
function isConflict(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "40001" || error.code === "40P01");
}
