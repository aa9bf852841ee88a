import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, expect, it } from "@jest/globals";
import type { Store } from "#adapters/store/open-store.ts";
import type { ReconcileHandler } from "#adapters/store/reconcile-handler.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { transact } from "#adapters/store/transact.ts";
import { describeOnEachStore } from "./temporary-store.ts";
import { until } from "./until.ts";

const converge: ReconcileHandler = () => Promise.resolve({ kind: "done" });

const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);

describeOnEachStore("the reconcile queue", (place) => {
  let store: Store;
  /** What the one worker does; each test sets its own. */
  let handler = converge;
  let runs: ReconcileKey[] = [];

  beforeAll(async () => {
    store = await place.open();
    store.queue.start(
      (key, signal) => {
        runs.push(key);
        return handler(key, signal);
      },
      { concurrency: 4 },
    );
  });

  afterEach(async () => {
    handler = converge;
    await store.db.deleteFrom("reconcile_keys").execute();
    runs = [];
  });

  async function underWay(key: ReconcileKey): Promise<boolean> {
    const row = await store.db
      .selectFrom("reconcile_keys")
      .select("under_way")
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    return row.under_way;
  }

  it("runs a woken key and lets it rest", async () => {
    await store.queue.wake(["repo:1", "script:artwork@4"]);
    await until(() => store.queue.idle());
    expect(runs.sort()).toEqual(["repo:1", "script:artwork@4"]);
    expect(await store.queue.counts()).toEqual({ due: 0, scheduled: 0, running: 0, failing: 0 });
  });

  it("makes one run of many wakes before it", async () => {
    await store.queue.wake(["fleet"], { afterMs: 3_000 });
    for (let wakes = 0; wakes < 10; wakes += 1)
      await store.queue.wake(["fleet", "fleet"], { afterMs: 3_000 });
    expect((await store.queue.counts()).scheduled).toBe(1);
    await until(async () => runs.length > 0 && (await store.queue.idle()));
    expect(runs).toEqual(["fleet"]);
  });

  it("makes one more run of any number of wakes during a run", async () => {
    const gate = Promise.withResolvers<void>();
    handler = async () => {
      await gate.promise;
      return { kind: "done" };
    };
    await store.queue.wake(["fleet"]);
    await until(() => runs.length === 1);
    await store.queue.wake(["fleet"]);
    await store.queue.wake(["fleet"]);
    expect(await store.queue.idle()).toBe(false);
    gate.resolve();
    await until(() => store.queue.idle());
    expect(runs).toEqual(["fleet", "fleet"]);
  });

  it("lets an earlier wake beat a later one, and no later one postpone it", async () => {
    await store.queue.wake(["repo:1"], { afterMs: 600_000 });
    await store.queue.wake(["repo:1"]);
    await store.queue.wake(["repo:2"], { afterMs: 200 });
    await store.queue.wake(["repo:2"], { afterMs: 600_000 });
    await until(() => runs.length === 2);
    expect(runs).toEqual(["repo:1", "repo:2"]);
  });

  it("runs a key again after the time its run asked for", async () => {
    handler = () => Promise.resolve(runs.length < 3 ? { kind: "requeue", afterMs: 20 } : { kind: "done" });
    await store.queue.wake(["region:eu-west-1"]);
    await until(async () => runs.length === 3 && (await store.queue.idle()));
  });

  it("tries a failed key again, and at once when it is woken", async () => {
    handler = () =>
      runs.length === 1 ? Promise.reject(new Error("git is away")) : Promise.resolve({ kind: "done" });
    await store.queue.wake(["repo:1"]);
    await until(async () => (await store.queue.counts()).failing === 1);
    const { attempts, last_error } = await store.db
      .selectFrom("reconcile_keys")
      .selectAll()
      .executeTakeFirstOrThrow();
    expect({ attempts, last_error }).toEqual({ attempts: 1, last_error: "git is away" });
    await until(async () => runs.length === 2 && (await store.queue.idle()));

    runs = [];
    await store.queue.wake(["repo:2"]);
    await until(async () => (await store.queue.counts()).failing === 1);
    await store.queue.wake(["repo:2"]);
    await until(() => runs.length === 2);
  });

  it("leaves a key alone whose run gave up, until it is woken", async () => {
    handler = () => Promise.resolve({ kind: "terminal", message: "no such repository" });
    await store.queue.wake(["repo:1"]);
    await until(async () => runs.length === 1 && (await store.queue.idle()));
    await store.queue.wake(["repo:1"]);
    await until(async () => runs.length === 2 && (await store.queue.idle()));
  });

  it("wakes with the transaction that asked for it, or not at all", async () => {
    const rolledBack = transact(store.db, async (trx) => {
      await store.queue.wake(["repo:1"], { trx });
      throw new Error("changed my mind");
    });
    await expect(rolledBack).rejects.toThrow("changed my mind");
    await transact(store.db, async (trx) => {
      await store.queue.wake(["repo:2"], { trx });
      expect(runs).toEqual([]);
    });
    await until(() => runs.length > 0);
    expect(runs).toEqual(["repo:2"]);
  });

  it("never runs a key twice at once, however it is woken", async () => {
    const inWork = new Set<ReconcileKey>();
    let overlaps = 0;
    handler = async (key) => {
      if (inWork.has(key)) overlaps += 1;
      inWork.add(key);
      await sleep(Math.random() * 5);
      inWork.delete(key);
      return Math.random() < 0.2 ? { kind: "requeue", afterMs: 0 } : { kind: "done" };
    };
    const keys: ReconcileKey[] = ["repo:1", "repo:2", "repo:3"];
    for (let wakes = 0; wakes < 60; wakes += 1) await store.queue.wake(keys.slice(0, 1 + (wakes % 3)));
    await until(() => store.queue.idle());
    expect(overlaps).toBe(0);
    expect(new Set(runs)).toEqual(new Set(keys));
  });

  it("gives others the place of a run that waits aside, and keeps its key", async () => {
    const gate = Promise.withResolvers<void>();
    handler = async (key) => {
      if (key.startsWith("repo:")) await store.queue.aside(() => gate.promise);
      return { kind: "done" };
    };
    const waiting = [1, 2, 3, 4, 5, 6].map((id): ReconcileKey => `repo:${id}`);
    await store.queue.wake(waiting);
    await until(() => runs.length === waiting.length);
    await store.queue.wake(["fleet", "repo:1"]);
    await until(() => runs.includes("fleet"));
    expect(runs.filter((key) => key === "repo:1")).toHaveLength(1);
    expect(await store.queue.counts()).toMatchObject({ running: waiting.length });
    gate.resolve();
    await until(() => store.queue.idle());
    expect(runs.filter((key) => key === "repo:1")).toHaveLength(2);
  });

  it("begins no more than a few that wait aside, and goes on with what has begun", async () => {
    const gate = Promise.withResolvers<void>();
    handler = async (key) => {
      if (key.startsWith("pr:")) await store.queue.aside(() => gate.promise);
      return { kind: "done" };
    };
    await store.queue.wake(Array.from({ length: 40 }, (_, id): ReconcileKey => `pr:${id + 1}#1`));
    await until(() => runs.length >= 16);
    await store.db
      .insertInto("reconcile_keys")
      .values({ key: "script:home@1", due_at: secondsAgo(0), attempts: 0, under_way: true })
      .execute();
    await store.queue.wake(["fleet"]);
    await until(() => runs.includes("fleet") && runs.includes("script:home@1"));
    expect(runs.filter((key) => key.startsWith("pr:")).length).toBeLessThan(16 + 4);
    gate.resolve();
    await until(() => store.queue.idle());
    expect(runs).toHaveLength(42);
  });

  it("takes what regions serve first, then what has begun, then what has waited longest", async () => {
    const gate = Promise.withResolvers<void>();
    handler = async (key) => {
      if (key.startsWith("pr:")) await gate.promise;
      return { kind: "done" };
    };
    const busy = [1, 2, 3].map((number): ReconcileKey => `pr:1#${number}`);
    await store.queue.wake(busy);
    await until(() => runs.length === busy.length);
    // One place is left, so what is woken from here on runs one by one.
    runs = [];
    await store.db
      .insertInto("reconcile_keys")
      .values([
        { key: "repo:1", due_at: secondsAgo(700), attempts: 0 },
        { key: "repo:2", due_at: secondsAgo(500), attempts: 0 },
        { key: "script:home@1", due_at: secondsAgo(10), attempts: 0, under_way: true },
        { key: "fleet", due_at: secondsAgo(1), attempts: 0 },
      ])
      .execute();
    await store.queue.wake(["repo:3"]);
    await until(() => runs.length === 5);
    expect(runs).toEqual(["fleet", "repo:1", "script:home@1", "repo:2", "repo:3"]);
    gate.resolve();
    await until(() => store.queue.idle());
  });

  it("forgets that a key was under way once it converged", async () => {
    handler = () => Promise.resolve({ kind: "requeue", afterMs: 60_000 });
    await store.queue.wake(["repo:1"]);
    await until(async () => (await store.queue.counts()).scheduled === 1);
    expect(await underWay("repo:1")).toBe(true);
    const gate = Promise.withResolvers<void>();
    handler = async () => {
      await gate.promise;
      return { kind: "done" };
    };
    await store.queue.wake(["repo:1"]);
    await until(() => runs.length === 2);
    await store.queue.wake(["repo:1"], { afterMs: 60_000 });
    gate.resolve();
    await until(async () => (await store.queue.counts()).scheduled === 1);
    expect(await underWay("repo:1")).toBe(false);
  });

  it("waits aside without a run", async () => {
    expect(await store.queue.aside(() => Promise.resolve("built"))).toBe("built");
  });

  it("keeps a key of a kind it does not know for a version that does", async () => {
    await store.db
      .insertInto("reconcile_keys")
      .values({ key: "moon:phase", due_at: new Date(0), attempts: 0 })
      .execute();
    await store.queue.wake(["fleet"]);
    await until(async () => (await store.queue.counts()).scheduled === 1);
    await until(() => runs.length === 1);
    expect(runs).toEqual(["fleet"]);
  });
});
