import { sql, type Kysely } from "kysely";

const statements = [
  `create table notices (
    id text not null,
    endpoint text not null,
    notice jsonb not null,
    state text not null,
    attempts integer not null,
    due_at timestamptz not null,
    last_error text,
    created_at timestamptz not null,
    ended_at timestamptz,
    primary key (id, endpoint)
  )`,
  `create index notices_due on notices (due_at) where state = 'waiting'`,
  `create index notices_created on notices (created_at)`,
];

/** What is to be told outside, once for each endpoint, until it is delivered or given up. */
export const notices = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
