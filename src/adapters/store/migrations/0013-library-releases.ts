import { sql, type Kysely } from "kysely";

// A statement as text: a migration describes the past, so it must not change when the table types do.
const statement = `create table library_releases (
    name text primary key,
    etag text,
    latest text,
    releases jsonb not null,
    deprecated jsonb not null,
    failures integer not null,
    due_at timestamptz not null
  )`;

/** What the registry says of the libraries that scripts use, and when to ask it again. */
export const libraryReleases = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(statement).execute(db);
  },
};
