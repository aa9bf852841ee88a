import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table campaigns (
    name text primary key,
    state jsonb not null
  )`,
  `create table campaign_units (
    campaign text not null,
    repo_id bigint not null,
    base text not null,
    pull_number integer,
    unit jsonb not null,
    is_due boolean not null,
    primary key (campaign, repo_id, base)
  )`,
  `create index campaign_units_pull on campaign_units (repo_id, pull_number) where pull_number is not null`,
  `create table write_turns (
    account text primary key,
    at_ms jsonb not null
  )`,
];

/** How far campaigns are, and when each account wrote to GitHub. */
export const campaigns = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
