import { hostname } from "node:os";
import type { Kysely, Transaction } from "kysely";
import type { Logger } from "pino";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { boundedDelayMs } from "./bounded-delay.ts";
import type { Database } from "./database.ts";
import type { Notifications } from "./notifications.ts";
import { countKeys, wakeKeys, type QueueCounts } from "./reconcile-claims.ts";
import type { ReconcileHandler } from "./reconcile-handler.ts";
import { ReconcileWorker } from "./reconcile-worker.ts";

interface WakeOptions {
  readonly afterMs?: number;
  /** Wakes when this transaction commits, and not at all when it does not. */
  readonly trx?: Transaction<Database>;
}

interface WorkOptions {
  /** Keys worked on at once by this process, besides those that wait aside. */
  readonly concurrency: number;
  /** How long a worker may show no life before others take its keys, milliseconds; the same on all replicas. */
  readonly leaseMs?: number;
}

/**
 * The keys that wait to be reconciled, in the database. A key has one owner at a time across all replicas; any number
 * of wakes before its run are one run; a wake during its run makes one more; the earliest due time asked for holds.
 */
export interface ReconcileQueue {
  wake(keys: readonly ReconcileKey[], options?: WakeOptions): Promise<void>;
  /** Begins to work, once; call `stop` before the store is closed. */
  start(handler: ReconcileHandler, options: WorkOptions): void;
  /**
   * Waits, within a run, for what needs none of this process's work: meanwhile other keys have the run's place, and
   * those of rollouts under way do not queue behind what has not begun. Outside of a run it only waits.
   */
  aside<T>(wait: () => Promise<T>): Promise<T>;
  /** Takes no more keys, waits so long for those in work, then aborts them and leaves them to others. */
  stop(timeoutMs: number): Promise<void>;
  /** Nothing is due or in work, anywhere; keys scheduled for later do not count. */
  idle(): Promise<boolean>;
  counts(): Promise<QueueCounts>;
}

const leaseMsDefault = 10_000;

export function createReconcileQueue(
  db: Kysely<Database>,
  notifications: Notifications,
  logger: Logger,
): ReconcileQueue {
  let worker: ReconcileWorker | null = null;
  return {
    async wake(keys, options = {}) {
      await wakeKeys(options.trx ?? db, keys, boundedDelayMs(options.afterMs ?? 0));
    },
    start(handler, { concurrency, leaseMs = leaseMsDefault }) {
      if (worker) throw new Error("the reconcile queue was started before");
      const claimedBy = `${hostname()}:${process.pid}`;
      worker = new ReconcileWorker({ db, notifications, logger, handler, concurrency, leaseMs, claimedBy });
      worker.start();
    },
    aside: (wait) => (worker ? worker.aside(wait) : wait()),
    async stop(timeoutMs) {
      await worker?.stop(timeoutMs);
    },
    async idle() {
      const { due, running } = await countKeys(db);
      return due === 0 && running === 0;
    },
    counts: () => countKeys(db),
  };
}
