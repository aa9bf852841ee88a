import { sql } from "kysely";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, expect, it, jest } from "@jest/globals";
import { createReconcileQueue } from "#adapters/store/reconcile-queue.ts";
import type { Store } from "#adapters/store/open-store.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { startStoreChild, type StoreChild } from "./child-process.ts";
import { silentLogger } from "./store-template.ts";
import { describeOnPostgres } from "./temporary-store.ts";
import { until } from "./until.ts";

// Processes start slowly on a busy machine.
jest.setTimeout(120_000);

describeOnPostgres("workers of several replicas", (place) => {
  let store: Store;
  let url = "";
  let children: StoreChild[] = [];

  beforeAll(async () => {
    store = await place.open();
    url = place.where().databaseUrl ?? "";
    await sql`create table in_work (key text primary key)`.execute(store.db);
    await sql`create table overlapping (key text)`.execute(store.db);
    await sql`create table runs (key text, pid int)`.execute(store.db);
  });

  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    children = [];
    await sql`truncate in_work, overlapping, runs, reconcile_keys`.execute(store.db);
  });

  const start = (task: string, leaseMs?: number): StoreChild => {
    const child = startStoreChild(task, url, leaseMs);
    children.push(child);
    return child;
  };

  it("share the keys and never work on one at the same time", async () => {
    const workers = [start("work"), start("work")];
    await Promise.all(workers.map((worker) => worker.said("ready")));
    const keys = Array.from({ length: 5 }, (_, index): ReconcileKey => `repo:${index + 1}`);
    for (let wakes = 0; wakes < 150; wakes += 1) await store.queue.wake(keys);
    await until(() => store.queue.idle());
    const { rows: overlaps } = await sql`select * from overlapping`.execute(store.db);
    const { rows: runs } = await sql<{ key: string }>`select distinct key from runs order by key`.execute(
      store.db,
    );
    expect(overlaps).toEqual([]);
    expect(runs.map(({ key }) => key)).toEqual(keys);
  });

  it("take over the key of a worker that was killed", async () => {
    const leaseMs = 1_000;
    const victim = start("stall", leaseMs);
    await store.queue.wake(["fleet"]);
    await victim.said("holds fleet");
    const heir = start("work", leaseMs);
    await heir.said("ready");
    await victim.kill();
    await until(() => store.queue.idle());
    const { rows } = await sql`select key, pid from runs`.execute(store.db);
    expect(rows).toEqual([{ key: "fleet", pid: heir.pid }]);
  });

  it("leave a key to a worker that shows life, however long it takes", async () => {
    const leaseMs = 400;
    const holder = start("stall", leaseMs);
    await store.queue.wake(["fleet"]);
    await holder.said("holds fleet");
    const other = start("work", leaseMs);
    await other.said("ready");
    await sleep(leaseMs * 4);
    expect(await store.queue.counts()).toMatchObject({ running: 1 });
    const { rows } = await sql`select key from runs`.execute(store.db);
    expect(rows).toEqual([]);
  });

  it("abort a run whose key another worker took, and ignore how it ended", async () => {
    const taken = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const replica = await place.open();
    replica.queue.start(
      async (_key, signal) => {
        signal.addEventListener("abort", () => aborted.resolve());
        taken.resolve();
        await aborted.promise;
        await ended.promise;
        return { kind: "done" };
      },
      { concurrency: 1, leaseMs: 400 },
    );
    await replica.queue.wake(["fleet"]);
    await taken.promise;
    await sql`update reconcile_keys set claim = 'another', claimed_by = 'another'`.execute(store.db);
    await aborted.promise;
    // Others may take it over now; the old run's ending must not free it.
    await sql`update reconcile_keys set heartbeat_at = now() + interval '1 hour'`.execute(store.db);
    ended.resolve();
    await replica.queue.stop(1_000);
    expect(await store.queue.counts()).toMatchObject({ running: 1 });
  });

  it("give back what they hold when they stop", async () => {
    const replica = await place.open();
    const taken = Promise.withResolvers<void>();
    replica.queue.start(
      (_key, signal) => {
        taken.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
      { concurrency: 1 },
    );
    await replica.queue.wake(["fleet"]);
    await taken.promise;
    await replica.queue.stop(0);
    expect(await store.queue.counts()).toEqual({ due: 1, scheduled: 0, running: 0, failing: 0 });
  });

  it("find a due key by looking when its notification got lost", async () => {
    const run = Promise.withResolvers<string>();
    const deaf = { subscribe: () => () => undefined, close: () => Promise.resolve() };
    const queue = createReconcileQueue(store.db, deaf, silentLogger);
    queue.start(
      (key) => {
        run.resolve(key);
        return Promise.resolve({ kind: "done" });
      },
      { concurrency: 1 },
    );
    await sleep(50);
    await store.queue.wake(["discovery"]);
    expect(await run.promise).toBe("discovery");
    await queue.stop(1_000);
  });
});
