import { sql } from "kysely";
import type { AfterAttempt } from "#domain/notify/after-attempt.ts";
import type { Notice } from "#domain/notify/notice.ts";
import type { Executor, NoticeState } from "./database.ts";
import { jsonText, storableText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";

const keptMs = 30 * 86_400_000;
const keptMax = 50_000;
const errorCharactersMax = 500;

/** A notice on its way to one endpoint. Times are epoch milliseconds. */
export interface NoticeRecord {
  readonly id: string;
  /** Name of the endpoint in fleet.yaml. */
  readonly endpoint: string;
  readonly notice: Notice;
  readonly state: NoticeState;
  /** Tries so far. */
  readonly attempts: number;
  readonly dueAtMs: number;
  readonly lastError: string | null;
  readonly createdAtMs: number;
  /** When it was delivered or given up. */
  readonly endedAtMs: number | null;
}

/** Puts a notice on its way to endpoints; where it is known already, in whatever state, nothing changes. */
export async function addNotice(db: Executor, notice: Notice, endpoints: readonly string[]): Promise<void> {
  if (endpoints.length === 0) return;
  const at = new Date(notice.atMs);
  const rows = endpoints.map((endpoint) => ({
    id: notice.id,
    endpoint,
    notice: jsonText(notice),
    state: "waiting" as const,
    attempts: 0,
    due_at: at,
    last_error: null,
    created_at: at,
    ended_at: null,
  }));
  await db
    .insertInto("notices")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["id", "endpoint"]).doNothing())
    .execute();
}

/**
 * Takes notices that are due, for one sender: nobody else gets them within the lease, and after it they are due again,
 * so that a crash between sending and recording sends once more rather than never.
 */
export async function claimNotices(
  db: Executor,
  { limit, leaseMs, nowMs }: { readonly limit: number; readonly leaseMs: number; readonly nowMs: number },
): Promise<NoticeRecord[]> {
  const claimed = await sql<{ id: string; endpoint: string }>`
    with due as (
      select id, endpoint from notices where state = 'waiting' and due_at <= ${new Date(nowMs)}
      order by due_at limit ${limit} for update skip locked
    )
    update notices as n set due_at = ${new Date(nowMs + leaseMs)}, attempts = n.attempts + 1
    from due where n.id = due.id and n.endpoint = due.endpoint
    returning n.id, n.endpoint`.execute(db);
  const found = claimed.rows.map(({ id, endpoint }) =>
    selectNotices(db).where("id", "=", id).where("endpoint", "=", endpoint).executeTakeFirst(),
  );
  return (await Promise.all(found)).filter((record) => record !== undefined);
}

/** Records how a try ended. */
export async function recordAttempt(
  db: Executor,
  { id, endpoint }: Pick<NoticeRecord, "id" | "endpoint">,
  after: AfterAttempt,
  nowMs: number,
): Promise<void> {
  const error = after.kind === "delivered" ? null : storableText(after.reason).slice(0, errorCharactersMax);
  const values =
    after.kind === "retry"
      ? { due_at: new Date(nowMs + after.afterMs), last_error: error }
      : { state: after.kind, last_error: error, ended_at: new Date(nowMs) };
  await db
    .updateTable("notices")
    .set(values)
    .where("id", "=", id)
    .where("endpoint", "=", endpoint)
    .where("state", "=", "waiting")
    .execute();
}

/** Newest first; those of one state, or all. */
export async function listNotices(
  db: Executor,
  state: NoticeState | null,
  limit: number,
): Promise<NoticeRecord[]> {
  const all = selectNotices(db).orderBy("created_at", "desc").orderBy("id").limit(limit);
  return (state === null ? all : all.where("state", "=", state)).execute();
}

/** Makes given-up notices due again, from the first try on: one by its id, or all. Returns how many. */
export async function redeliverNotices(db: Executor, id: string | null, nowMs: number): Promise<number> {
  const dead = db
    .updateTable("notices")
    .set({ state: "waiting", attempts: 0, due_at: new Date(nowMs), ended_at: null })
    .where("state", "=", "dead");
  const { numUpdatedRows } = await (id === null ? dead : dead.where("id", "=", id)).executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Forgets what ended more than 30 days ago, and all but the latest 50,000. */
export async function pruneNotices(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from notices where ended_at < ${new Date(nowMs - keptMs)}`.execute(db);
  await keepNewest(db, "notices", "created_at", keptMax);
}

function selectNotices(db: Executor) {
  return db
    .selectFrom("notices")
    .select([
      "id",
      "endpoint",
      "notice",
      "state",
      "attempts",
      "due_at as dueAtMs",
      "last_error as lastError",
      "created_at as createdAtMs",
      "ended_at as endedAtMs",
    ]);
}
