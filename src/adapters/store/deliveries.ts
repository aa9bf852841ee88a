import { sql, type Kysely } from "kysely";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { type CommandRecord, recordCommand } from "./commands.ts";
import type { Database, Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";
import type { ReconcileQueue } from "./reconcile-queue.ts";
import { transact } from "./transact.ts";

/** A webhook as it is kept: enough to know it again, and what it woke. */
export interface Delivery {
  /** The X-GitHub-Delivery header; the same at each redelivery. */
  readonly guid: string;
  readonly event: string;
  readonly keys: readonly ReconcileKey[];
  readonly receivedAtMs: number;
  /** What somebody asked for with it. */
  readonly command?: CommandRecord;
}

const keptMs = 7 * 86_400_000;
const keptMax = 50_000;

/** Remembers a webhook with its command and wakes its keys, all or nothing; one seen before changes nothing. */
export async function recordDelivery(
  store: { readonly db: Kysely<Database>; readonly queue: ReconcileQueue },
  { guid, event, keys, receivedAtMs, command }: Delivery,
): Promise<"new" | "duplicate"> {
  return transact(store.db, async (trx) => {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("deliveries")
      .values({ guid, event, received_at: new Date(receivedAtMs), keys: jsonText(keys) })
      .onConflict((conflict) => conflict.column("guid").doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) return "duplicate";
    if (command) await recordCommand(trx, command);
    await store.queue.wake(keys, { trx });
    return "new";
  });
}

/** Forgets webhooks older than a week, GitHub's limit for redelivery being three days, and all but the latest 50,000. */
export async function pruneDeliveries(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from deliveries where received_at < ${new Date(nowMs - keptMs)}`.execute(db);
  await keepNewest(db, "deliveries", "received_at", keptMax);
}
