import { beforeAll, beforeEach, expect, it } from "@jest/globals";
import { DeliveryLog, pruneDeliveries } from "#adapters/store/deliveries.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 5, 1);

describeOnEachStore("webhook deliveries", (place) => {
  let store: Store;
  let log: DeliveryLog;
  beforeAll(async () => {
    store = await place.open();
    log = new DeliveryLog(store);
  });
  beforeEach(async () => {
    await store.db.deleteFrom("deliveries").execute();
    await store.db.deleteFrom("reconcile_keys").execute();
  });

  const guids = async () =>
    (await store.db.selectFrom("deliveries").select("guid").orderBy("guid").execute()).map(
      ({ guid }) => guid,
    );

  it("wake their keys once, however often and however concurrently they arrive", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        log.record({
          guid: `guid-${index % 3}`,
          event: "push",
          keys: index % 2 === 0 ? ["repo:1", "fleet"] : ["fleet", "repo:1"],
          receivedAtMs: nowMs,
        }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "new")).toHaveLength(3);
    expect(await guids()).toEqual(["guid-0", "guid-1", "guid-2"]);
    expect(await store.queue.counts()).toMatchObject({ due: 2, running: 0 });
  });

  it("wake nothing when they were seen before", async () => {
    const delivery = { guid: "g", event: "push", keys: ["repo:1"], receivedAtMs: nowMs } as const;
    expect(await log.record(delivery)).toBe("new");
    await store.db.deleteFrom("reconcile_keys").execute();
    expect(await log.record(delivery)).toBe("duplicate");
    expect(await store.queue.idle()).toBe(true);
  });

  it("are not remembered when their keys could not be woken", async () => {
    const broken = { ...store, queue: { ...store.queue, wake: () => Promise.reject(new Error("no")) } };
    const recorded = new DeliveryLog(broken).record({
      guid: "g",
      event: "push",
      keys: ["fleet"],
      receivedAtMs: nowMs,
    });
    await expect(recorded).rejects.toThrow("no");
    expect(await guids()).toEqual([]);
  });

  it("are written together when many come at once, however one of them is broken", async () => {
    let wakes = 0;
    const wake: Store["queue"]["wake"] = (keys, options) => {
      wakes += 1;
      return store.queue.wake(keys, options);
    };
    const counted = new DeliveryLog({ db: store.db, queue: { ...store.queue, wake } });
    const many = (name: string) =>
      Array.from({ length: 100 }, (_, index) =>
        counted.record({
          guid: `${name}-${index}`,
          event: "push",
          keys: [`repo:${index % 5}`],
          receivedAtMs: nowMs,
        }),
      );
    expect(new Set(await Promise.all(many("a")))).toEqual(new Set(["new"]));
    expect(wakes).toBeLessThan(5);
    expect(await store.queue.counts()).toMatchObject({ due: 5 });

    const broken = counted.record({ guid: "no\0text", event: "push", keys: ["fleet"], receivedAtMs: nowMs });
    const [outcome, ...others] = await Promise.allSettled([broken, ...many("b")]);
    expect(outcome.status).toBe("rejected");
    expect(others.every(({ status }) => status === "fulfilled")).toBe(true);
    expect(await guids()).toHaveLength(200);
    expect(await store.queue.counts()).toMatchObject({ due: 5 });
  });

  it("are forgotten after a week", async () => {
    for (const [guid, ageDays] of Object.entries({ old: 7.1, young: 6.9 })) {
      await log.record({
        guid,
        event: "push",
        keys: [],
        receivedAtMs: nowMs - ageDays * dayMs,
      });
    }
    await pruneDeliveries(store.db, nowMs);
    expect(await guids()).toEqual(["young"]);
  });
});
