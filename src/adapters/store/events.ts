import { sql } from "kysely";
import { publishChange } from "./changes.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";
import { transact } from "./transact.ts";

/** Something that happened, for the dashboard and the command line to follow. */
export interface EventRecord {
  /** Rises; a reader goes on after the last one it saw. */
  readonly id: number;
  readonly atMs: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const keptMax = 10_000;

/**
 * Adds an event, tells watchers, and returns its id. Events become visible in the order of their ids, so a reader that
 * goes on after the last one misses none: appending waits for other transactions that append. Append last in yours.
 */
export async function appendEvent(db: Executor, event: Omit<EventRecord, "id">): Promise<number> {
  return transact(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('showrunner events'))`.execute(trx);
    const { id } = await trx
      .insertInto("events")
      .values({ at: new Date(event.atMs), type: event.type, data: jsonText(event.data) })
      .returning("id")
      .executeTakeFirstOrThrow();
    await publishChange(trx, { kind: "event", id });
    return id;
  });
}

/** Events after an id, oldest first; start from 0, or from `latestEventId`. */
export async function readEvents(db: Executor, afterId: number, limit: number): Promise<EventRecord[]> {
  return db
    .selectFrom("events")
    .select(["id", "at as atMs", "type", "data"])
    .where("id", ">", afterId)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** 0 when there is none. */
export async function latestEventId(db: Executor): Promise<number> {
  const row = await db
    .selectFrom("events")
    .select((select) => select.fn.max("id").as("id"))
    .executeTakeFirst();
  return row?.id ?? 0;
}

/** Forgets all but the latest 10,000. */
export async function pruneEvents(db: Executor): Promise<void> {
  await keepNewest(db, "events", "id", keptMax);
}
