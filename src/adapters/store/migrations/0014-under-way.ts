import { sql, type Kysely } from "kysely";

// A statement as text: a migration describes the past, so it must not change when the table types do.
const statement = `alter table reconcile_keys add column under_way boolean not null default false`;

/** Whether a key's last run asked to be run again: what has begun goes before what has not. */
export const underWay = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(statement).execute(db);
  },
};
