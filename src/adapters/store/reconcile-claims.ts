import { sql } from "kysely";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { Executor } from "./database.ts";
import { storableText } from "./json-text.ts";
import type { Channel } from "./notifications.ts";

// The statements of the reconcile queue (docs/adr/0004-reconcile-queue.md). All times are the database's own clock, so
// replicas whose clocks differ agree on what is due and who is dead.

const wakeChannel: Channel = "showrunner_wake";
const errorCharactersMax = 2_000;
/**
 * How much longer a key has to be due than one of these before it goes first. What tells the regions what to serve is
 * first, then what asked to be looked at again: what has begun is finished before more is begun, so that a burst of
 * merges does not make every rollout of it late. Bounded, so that nothing waits for ever.
 */
const headStarts = { regions: "20 minutes", underWay: "10 minutes" } as const;

const ofRegions = sql`(key = 'fleet' or key like 'region:%')`;
const mayBeTaken = (begunOnly: boolean) => (begunOnly ? sql`(under_way or ${ofRegions})` : sql`true`);

export interface QueueCounts {
  /** Waiting and due. */
  readonly due: number;
  /** Waiting for a later time. */
  readonly scheduled: number;
  readonly running: number;
  /** Of the waiting ones, those whose last run failed. */
  readonly failing: number;
}

export interface Claim {
  readonly key: string;
  readonly claim: string;
  /** Failed runs in a row before this one. */
  readonly attempts: number;
}

/**
 * Makes keys due after a delay, unless they are due earlier already. Every row is written even when nothing in it
 * changes: a claim then waits for this transaction and sees what it wrote.
 */
export async function wakeKeys(db: Executor, keys: readonly ReconcileKey[], afterMs: number): Promise<void> {
  // In one order, so that two transactions that wake the same keys do not deadlock.
  const unique = [...new Set(keys)].sort();
  if (unique.length === 0) return;
  await sql`
    with woken as (
      insert into reconcile_keys (key, due_at)
      select key, now() + ${afterMs}::float8 * interval '1 millisecond' from unnest(${unique}::text[]) as key
      on conflict (key) do update set due_at = least(reconcile_keys.due_at, excluded.due_at)
      returning key
    )
    select pg_notify(${wakeChannel}, '') where exists (select from woken)`.execute(db);
}

export interface ClaimRequest {
  readonly claim: string;
  readonly claimedBy: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Keys this worker still works on, perhaps under a claim that lapsed: it must not run them twice at once. */
  readonly except: readonly string[];
  /** Takes only what is under way, and what tells the regions what to serve. */
  readonly begunOnly: boolean;
}

/** Claims keys that are due, longest due first but for head starts, and those of workers that stopped showing life. */
export async function claimDueKeys(db: Executor, request: ClaimRequest): Promise<Claim[]> {
  const { rows } = await sql<Claim>`
    with free as (
      select key from reconcile_keys
      where ((claim is null and due_at <= now())
          or heartbeat_at < now() - ${request.leaseMs}::float8 * interval '1 millisecond')
        and key <> all(${request.except}::text[])
        and ${mayBeTaken(request.begunOnly)}
      order by coalesce(due_at, heartbeat_at) - case
          when ${ofRegions} then ${headStarts.regions}::interval
          when under_way then ${headStarts.underWay}::interval
          else interval '0' end
      limit ${request.limit}
      for update skip locked
    )
    update reconcile_keys as k
    set claim = ${request.claim}, claimed_by = ${request.claimedBy}, heartbeat_at = now(), due_at = null,
        attempts = k.attempts + (k.claim is not null)::int
    from free where k.key = free.key
    returning k.key, k.claim, k.attempts`.execute(db);
  return rows;
}

/** Milliseconds until the next key that may be taken is due, or a claim lapses; null when there is none. */
export async function nextDueMs(
  db: Executor,
  { leaseMs, begunOnly }: Pick<ClaimRequest, "leaseMs" | "begunOnly">,
): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select (extract(epoch from least(
      min(due_at) filter (where claim is null),
      min(heartbeat_at) + ${leaseMs}::float8 * interval '1 millisecond'
    ) - now()) * 1000)::float8 as ms
    from reconcile_keys where ${mayBeTaken(begunOnly)}`.execute(db);
  return rows[0]?.ms ?? null;
}

/** Renews claims; the result holds the keys that are still ours. */
export async function renewClaims(db: Executor, claims: readonly Claim[]): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`
    update reconcile_keys as k set heartbeat_at = now()
    from unnest(${claims.map(({ key }) => key)}::text[], ${claims.map(({ claim }) => claim)}::text[]) as ours (key, claim)
    where k.key = ours.key and k.claim = ours.claim
    returning k.key`.execute(db);
  return new Set(rows.map(({ key }) => key));
}

/** Ends a run that converged: the key goes to rest, or waits on when it was woken meanwhile. */
export async function finishClaim(db: Executor, { key, claim }: Claim): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom("reconcile_keys")
    .where("key", "=", key)
    .where("claim", "=", claim)
    .where("due_at", "is", null)
    .executeTakeFirst();
  // A wake can come in between, but none is ever taken back, so the second statement misses nothing.
  if (numDeletedRows > 0n) return;
  await db
    .updateTable("reconcile_keys")
    .set({
      claim: null,
      claimed_by: null,
      heartbeat_at: null,
      attempts: 0,
      last_error: null,
      under_way: false,
    })
    .where("key", "=", key)
    .where("claim", "=", claim)
    .execute();
}

/** Ends a run that asked to be run again after a while. */
export async function requeueClaim(db: Executor, { key, claim }: Claim, afterMs: number): Promise<void> {
  await sql`
    update reconcile_keys
    set claim = null, claimed_by = null, heartbeat_at = null, attempts = 0, last_error = null, under_way = true,
        due_at = least(due_at, now() + ${afterMs}::float8 * interval '1 millisecond')
    where key = ${key} and claim = ${claim}`.execute(db);
}

/** Ends a run that failed. A wake that came meanwhile runs it at once: what made it fail may be gone. */
export async function failClaim(
  db: Executor,
  { key, claim }: Claim,
  afterMs: number,
  error: string,
): Promise<void> {
  await sql`
    update reconcile_keys
    set claim = null, claimed_by = null, heartbeat_at = null, attempts = attempts + 1,
        last_error = ${storableText(error).slice(0, errorCharactersMax)},
        due_at = least(due_at, now() + ${afterMs}::float8 * interval '1 millisecond')
    where key = ${key} and claim = ${claim}`.execute(db);
}

/** Gives claims back untouched, for another worker to take at once. */
export async function releaseClaims(db: Executor, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  await sql`
    with released as (
      update reconcile_keys as k
      set claim = null, claimed_by = null, heartbeat_at = null, due_at = least(k.due_at, now())
      from unnest(${claims.map(({ key }) => key)}::text[], ${claims.map(({ claim }) => claim)}::text[]) as ours (key, claim)
      where k.key = ours.key and k.claim = ours.claim
      returning k.key
    )
    select pg_notify(${wakeChannel}, '') where exists (select from released)`.execute(db);
}

/** Frees every key that is claimed, for the one process that knows itself alone. */
export async function releaseAllClaims(db: Executor): Promise<void> {
  await sql`
    update reconcile_keys
    set claim = null, claimed_by = null, heartbeat_at = null, due_at = least(due_at, now())
    where claim is not null`.execute(db);
}

export async function countKeys(db: Executor): Promise<QueueCounts> {
  const { rows } = await sql<QueueCounts>`
    select count(*) filter (where claim is null and due_at <= now()) as due,
           count(*) filter (where claim is null and due_at > now()) as scheduled,
           count(*) filter (where claim is not null) as running,
           count(*) filter (where claim is null and attempts > 0) as failing
    from reconcile_keys`.execute(db);
  return rows[0] ?? { due: 0, scheduled: 0, running: 0, failing: 0 };
}
