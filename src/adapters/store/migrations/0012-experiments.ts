import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table experiments (
    name text primary key,
    is_open boolean not null,
    state jsonb not null,
    updated_at timestamptz not null
  )`,
  `create table experiment_windows (
    experiment text not null references experiments (name) on delete cascade,
    cell text not null,
    started_at timestamptz not null,
    node text not null,
    counts jsonb not null,
    primary key (experiment, cell, started_at, node)
  )`,
  `create table experiment_periods (
    experiment text not null references experiments (name) on delete cascade,
    since timestamptz not null,
    started_at timestamptz not null,
    observed jsonb not null,
    primary key (experiment, since, started_at)
  )`,
];

/** Experiments, what nodes counted for their cells lately, and what all nodes together counted before that. */
export const experiments = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
