import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table commands (
    id text primary key,
    repo_id bigint not null,
    pull_number integer not null,
    source jsonb not null,
    received_at timestamptz not null,
    handled_at timestamptz,
    outcome text
  )`,
  `create index commands_open on commands (repo_id, pull_number) where handled_at is null`,
  `create index commands_received_at on commands (received_at)`,
  `alter table scripts add column served_commit text`,
];

/** What people ask for on pull requests, and up to which commit a script is served everywhere. */
export const commands = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
