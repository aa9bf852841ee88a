import { sql } from "kysely";
import type { Database, Executor } from "./database.ts";

/** Deletes the rows that come before the `keptMax` latest by a column; rows equal to the last one kept stay. */
export async function keepNewest<Table extends keyof Database>(
  db: Executor,
  table: Table,
  column: keyof Database[Table] & string,
  keptMax: number,
): Promise<void> {
  await sql`
    delete from ${sql.table(table)}
    where ${sql.ref(column)} < (
      select ${sql.ref(column)} from ${sql.table(table)} order by ${sql.ref(column)} desc offset ${keptMax - 1} limit 1
    )`.execute(db);
}
