import { boundedDelayMs } from "#adapters/store/bounded-delay.ts";
import type { Outcome } from "#adapters/store/reconcile-handler.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { MemoryDatabase, QueuedKey } from "./memory-database.ts";

// The statements of src/adapters/store/reconcile-claims.ts over a map: one owner a key, and an ending that counts only
// under the claim it belongs to.

export interface MemoryClaim {
  readonly key: ReconcileKey;
  readonly claim: number;
  readonly attempts: number;
}

export function wakeInMemory(
  db: MemoryDatabase,
  keys: readonly ReconcileKey[],
  afterMs: number,
  nowMs: number,
): void {
  const dueAtMs = nowMs + boundedDelayMs(afterMs);
  for (const key of [...new Set(keys)].sort()) {
    const known = db.queue.get(key);
    if (known) known.dueAtMs = Math.min(known.dueAtMs ?? Infinity, dueAtMs);
    else db.queue.set(key, { dueAtMs, claim: null, claimedAtMs: 0, attempts: 0 });
  }
}

/** Claims what is due, longest due first, and what a worker holds that showed no life for the lease. */
export function claimInMemory(
  db: MemoryDatabase,
  request: {
    readonly limit: number;
    readonly nowMs: number;
    readonly leaseMs: number;
    readonly except: ReadonlySet<ReconcileKey>;
  },
): MemoryClaim[] {
  const { limit, nowMs, leaseMs, except } = request;
  const due: [ReconcileKey, QueuedKey][] = [];
  for (const [key, entry] of db.queue) {
    const isFree =
      entry.claim === null
        ? entry.dueAtMs !== null && entry.dueAtMs <= nowMs
        : entry.claimedAtMs < nowMs - leaseMs;
    if (isFree && !except.has(key)) due.push([key, entry]);
  }
  const free = due
    .sort(([, a], [, b]) => (a.dueAtMs ?? a.claimedAtMs) - (b.dueAtMs ?? b.claimedAtMs))
    .slice(0, limit);
  return free.map(([key, entry]) => {
    entry.attempts += entry.claim === null ? 0 : 1;
    entry.claim = db.nextClaim;
    db.nextClaim += 1;
    entry.claimedAtMs = nowMs;
    entry.dueAtMs = null;
    return { key, claim: entry.claim, attempts: entry.attempts };
  });
}

export type MemoryEnding = Outcome | { readonly kind: "failed"; readonly afterMs: number };

export function endInMemory(
  db: MemoryDatabase,
  { key, claim }: MemoryClaim,
  ending: MemoryEnding,
  nowMs: number,
): void {
  const entry = db.queue.get(key);
  if (entry?.claim !== claim) return;
  entry.claim = null;
  if (ending.kind === "done" || ending.kind === "terminal") {
    entry.attempts = 0;
    if (entry.dueAtMs === null) db.queue.delete(key);
    return;
  }
  entry.attempts = ending.kind === "failed" ? entry.attempts + 1 : 0;
  entry.dueAtMs = Math.min(entry.dueAtMs ?? Infinity, nowMs + boundedDelayMs(ending.afterMs));
}

/** Frees every claim, as the one process of an embedded store does when it starts. */
export function releaseInMemory(db: MemoryDatabase, nowMs: number): void {
  for (const entry of db.queue.values()) {
    if (entry.claim === null) continue;
    entry.claim = null;
    entry.dueAtMs = Math.min(entry.dueAtMs ?? Infinity, nowMs);
  }
}

/** When the next key is due or a claim lapses; null when nothing waits. */
export function nextDueInMemory(db: MemoryDatabase, leaseMs: number): number | null {
  let next = Infinity;
  for (const { claim, claimedAtMs, dueAtMs } of db.queue.values()) {
    next = Math.min(next, claim === null ? (dueAtMs ?? Infinity) : claimedAtMs + leaseMs + 1);
  }
  return next === Infinity ? null : next;
}
