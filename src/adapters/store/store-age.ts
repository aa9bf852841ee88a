import { sql } from "kysely";
import type { Executor } from "./database.ts";

/** When this database was made: the time of its first migration, epoch milliseconds. */
export async function storeBornAtMs(db: Executor): Promise<number> {
  const { rows } = await sql<{ first: string }>`select min(timestamp) as first from kysely_migration`.execute(
    db,
  );
  const first = rows[0]?.first;
  if (first === undefined) throw new Error("the database has no migrations");
  return Date.parse(first);
}
