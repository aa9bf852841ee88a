import { beforeAll, expect, it } from "@jest/globals";
import { findEffect, recordEffect } from "#adapters/store/effects.ts";
import type { Executor } from "#adapters/store/database.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { transact } from "#adapters/store/transact.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const record = (db: Executor, key: string, contentHash: string) =>
  recordEffect(db, { key, remoteId: "1", contentHash, updatedAtMs: 0 });

describeOnEachStore("a transaction", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });

  it("runs again when it lost a deadlock", async () => {
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    let runs = 0;
    // On one connection the second waits for the first, and there is no deadlock to lose.
    const meets = store.kind === "postgres";
    await Promise.all([
      transact(store.db, async (trx) => {
        runs += 1;
        await record(trx, "a", "first");
        first.resolve();
        if (meets) await second.promise;
        await record(trx, "b", "first");
      }),
      transact(store.db, async (trx) => {
        runs += 1;
        await record(trx, "b", "second");
        second.resolve();
        await first.promise;
        await record(trx, "a", "second");
      }),
    ]);
    expect(runs).toBeGreaterThanOrEqual(meets ? 3 : 2);
    expect((await findEffect(store.db, "a"))?.contentHash).toBe(
      (await findEffect(store.db, "b"))?.contentHash,
    );
  });

  it("joins the one it is given", async () => {
    const outer = transact(store.db, async (trx) => {
      await transact(trx, (inner) => record(inner, "c", "x"));
      throw new Error("changed my mind");
    });
    await expect(outer).rejects.toThrow("changed my mind");
    expect(await findEffect(store.db, "c")).toBeNull();
  });
});
