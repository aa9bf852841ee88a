import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table reconcile_keys (
    key text primary key,
    due_at timestamptz,
    claim text,
    claimed_by text,
    heartbeat_at timestamptz,
    attempts integer not null default 0,
    last_error text,
    check (due_at is not null or claim is not null),
    check ((claim is null) = (heartbeat_at is null))
  )`,
  `create index reconcile_keys_due on reconcile_keys (due_at) where claim is null`,
  `create index reconcile_keys_heartbeat on reconcile_keys (heartbeat_at) where claim is not null`,
  `create table deliveries (
    guid text primary key,
    event text not null,
    received_at timestamptz not null,
    keys jsonb not null
  )`,
  `create index deliveries_received_at on deliveries (received_at)`,
  `create table repositories (
    id bigint primary key,
    full_name text not null,
    default_branch text not null,
    head text,
    kind text not null check (kind in ('scripts', 'fleet', 'none')),
    seen_at timestamptz not null,
    removed_at timestamptz
  )`,
  `create table scripts (
    name text not null,
    version text not null,
    repo_id bigint not null,
    path text not null,
    manifest jsonb,
    commit text not null,
    declared boolean not null,
    problems jsonb not null,
    primary key (name, version)
  )`,
  `create index scripts_repo_id on scripts (repo_id)`,
  `create table builds (
    key text primary key,
    outcome jsonb not null,
    built_at timestamptz not null
  )`,
  `create index builds_built_at on builds (built_at)`,
  `create table nodes (
    id text primary key,
    region text not null,
    slot double precision not null check (slot >= 0 and slot < 100),
    public_key text not null,
    gateway_url text not null,
    admin_url text not null,
    registered_at timestamptz not null,
    report jsonb,
    boot_id text,
    past_boots jsonb not null default '[]',
    sequence bigint,
    received_at timestamptz,
    unique (region, slot)
  )`,
  `create table rollouts (
    id text primary key,
    script text not null,
    version text not null,
    repo_id bigint not null,
    commit text not null,
    digest text not null,
    pull_number integer,
    started_at timestamptz not null,
    promised_by timestamptz not null,
    state jsonb not null,
    bake jsonb not null,
    completed_at timestamptz,
    updated_at timestamptz not null
  )`,
  `create index rollouts_script on rollouts (script, version, started_at)`,
  `create index rollouts_completed_at on rollouts (completed_at)`,
  `create index rollouts_pull on rollouts (repo_id, pull_number) where pull_number is not null`,
  `create table pull_requests (
    repo_id bigint not null,
    number integer not null,
    title text not null,
    url text not null,
    verdict text not null check (verdict in ('valid', 'invalid', 'pending')),
    scripts jsonb not null,
    inputs_hash text not null,
    primary key (repo_id, number)
  )`,
  `create table region_documents (
    region text primary key,
    epoch bigint not null,
    generation bigint not null,
    etag text not null,
    bytes bytea not null,
    signature text not null,
    updated_at timestamptz not null
  )`,
  `create table effects (
    key text primary key,
    remote_id text not null,
    content_hash text not null,
    updated_at timestamptz not null
  )`,
  `create index effects_updated_at on effects (updated_at)`,
  `create table events (
    id bigserial primary key,
    at timestamptz not null,
    type text not null,
    data jsonb not null
  )`,
  `create table audit (
    id bigserial primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    cause text not null,
    evidence jsonb not null,
    undo text
  )`,
];

/** The first schema: the queue, and a table for each thing the control plane remembers. */
export const initial = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
