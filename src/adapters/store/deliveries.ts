import { setImmediate as heardAll } from "node:timers/promises";
import { sql, type Kysely, type Transaction } from "kysely";
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
const writtenAtOnceMax = 500;

type Parts = { readonly db: Kysely<Database>; readonly queue: ReconcileQueue };

export type Recorded = "new" | "duplicate";

interface Waiting {
  readonly delivery: Delivery;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Remembers webhooks with their commands and wakes their keys. Those that come while the database is busy are written
 * together (a group commit), so that under load each costs a row and not a transaction of its own.
 */
export class DeliveryLog {
  readonly #store: Parts;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: Parts) {
    this.#store = store;
  }

  /** Ends when the webhook is committed, with all of it or nothing; one seen before changes nothing. */
  record(delivery: Delivery): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      // The embedded database answers before anything else is heard, so whatever lies in the sockets is heard first.
      await heardAll();
      let taken: Waiting[] = [];
      try {
        const recorded = await transact(this.#store.db, (trx) => {
          // Now, and not before the database had time for it: more may have come meanwhile.
          if (taken.length === 0) taken = this.#waiting.splice(0, writtenAtOnceMax);
          return recordAll(this.#store.queue, trx, taken);
        });
        for (const [index, { resolve }] of taken.entries()) resolve(recorded[index] ?? "duplicate");
      } catch (error) {
        if (taken.length === 0) taken = this.#waiting.splice(0, writtenAtOnceMax);
        if (taken.length === 1) taken[0]?.reject(error);
        // One may have spoiled it for all.
        else await Promise.all(taken.map((one) => this.#writeAlone(one)));
      }
    }
    this.#isWriting = false;
  }

  async #writeAlone(one: Waiting): Promise<void> {
    try {
      const { db, queue } = this.#store;
      const [recorded = "duplicate"] = await transact(db, (trx) => recordAll(queue, trx, [one]));
      one.resolve(recorded);
    } catch (error) {
      one.reject(error);
    }
  }
}

async function recordAll(
  queue: ReconcileQueue,
  trx: Transaction<Database>,
  waiting: readonly Waiting[],
): Promise<Recorded[]> {
  // In one order, so that two replicas that are told the same do not deadlock.
  const deliveries = waiting.map(({ delivery }) => delivery);
  const rows = deliveries
    .map(({ guid, event, keys, receivedAtMs }) => ({
      guid,
      event,
      received_at: new Date(receivedAtMs),
      keys: jsonText(keys),
    }))
    .sort((a, b) => (a.guid < b.guid ? -1 : 1));
  const inserted = await trx
    .insertInto("deliveries")
    .values(rows)
    .onConflict((conflict) => conflict.column("guid").doNothing())
    .returning("guid")
    .execute();
  const left = new Set(inserted.map(({ guid }) => guid));
  const recorded = deliveries.map(({ guid }) => (left.delete(guid) ? "new" : "duplicate"));
  const fresh = deliveries.filter((_delivery, index) => recorded[index] === "new");
  for (const { command } of fresh) if (command) await recordCommand(trx, command);
  await queue.wake(
    fresh.flatMap(({ keys }) => keys),
    { trx },
  );
  return recorded;
}

/** Forgets webhooks older than a week, GitHub's limit for redelivery being three days, and all but the latest 50,000. */
export async function pruneDeliveries(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from deliveries where received_at < ${new Date(nowMs - keptMs)}`.execute(db);
  await keepNewest(db, "deliveries", "received_at", keptMax);
}
