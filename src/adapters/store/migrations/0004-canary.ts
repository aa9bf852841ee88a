import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table canary_runs (
    id text primary key,
    script text not null,
    version text not null,
    repo_id bigint not null,
    pull_number integer,
    head_sha text not null,
    cause text not null,
    candidate jsonb not null,
    candidate_digest text not null,
    policy jsonb not null,
    requested_at timestamptz not null,
    stop jsonb,
    phase jsonb not null,
    ended_at timestamptz
  )`,
  `create index canary_runs_open on canary_runs (script, version, requested_at) where ended_at is null`,
  `create index canary_runs_pull on canary_runs (repo_id, pull_number, requested_at) where pull_number is not null`,
  `create index canary_runs_candidate on canary_runs (script, version, candidate_digest)`,
  `create index canary_runs_ended_at on canary_runs (ended_at)`,
  `create table measurements (
    run_id text not null references canary_runs (id) on delete cascade,
    role text not null,
    started_at timestamptz not null,
    node text not null,
    region text not null,
    counts jsonb not null,
    primary key (run_id, role, started_at, node)
  )`,
  `alter table pull_requests add column findings jsonb`,
];

/** Canary runs, what nodes measured for them, and what was found out about a pull request. */
export const canary = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
