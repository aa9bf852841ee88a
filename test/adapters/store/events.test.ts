import { sql } from "kysely";
import { beforeAll, beforeEach, expect, it } from "@jest/globals";
import type { Change } from "#adapters/store/changes.ts";
import { appendEvent, latestEventId, pruneEvents, readEvents } from "#adapters/store/events.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { transact } from "#adapters/store/transact.ts";
import { describeOnEachStore, describeOnPostgres } from "./temporary-store.ts";
import { until } from "./until.ts";

const event = { atMs: Date.UTC(2026, 5, 1), type: "change", data: { list: [1, "two", null] } };

describeOnEachStore("events", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });
  beforeEach(async () => {
    await store.db.deleteFrom("events").execute();
  });

  it("are read after the last one seen", async () => {
    expect(await latestEventId(store.db)).toBe(0);
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await appendEvent(store.db, event));
    expect(await latestEventId(store.db)).toBe(ids[2]);
    expect(await readEvents(store.db, ids[0] ?? 0, 10)).toEqual([
      { id: ids[1], ...event },
      { id: ids[2], ...event },
    ]);
    expect(await readEvents(store.db, 0, 1)).toEqual([{ id: ids[0], ...event }]);
  });

  it("are announced once their transaction commits", async () => {
    const changes: Change[] = [];
    const stop = store.onChange((change) => changes.push(change));
    const undone = transact(store.db, async (trx) => {
      await appendEvent(trx, event);
      throw new Error("changed my mind");
    });
    await expect(undone).rejects.toThrow("changed my mind");
    const id = await transact(store.db, (trx) => appendEvent(trx, event));
    await until(() => changes.length > 0);
    expect(changes).toEqual([{ kind: "event", id }]);
    stop();
  });

  it("are kept to the latest 10,000", async () => {
    await sql`
      insert into events (at, type, data) select now(), 'x', '{}' from generate_series(1, 10050)`.execute(
      store.db,
    );
    await pruneEvents(store.db);
    const { count, last } = await store.db
      .selectFrom("events")
      .select((select) => [select.fn.countAll<number>().as("count"), select.fn.max("id").as("last")])
      .executeTakeFirstOrThrow();
    expect(count).toBe(10_000);
    expect(last).toBe(await latestEventId(store.db));
  });
});

describeOnPostgres("events of several replicas", (place) => {
  it("reach a reader that goes on after the last one, whatever order their transactions end in", async () => {
    const [writer, other, reader] = await Promise.all([place.open(), place.open(), place.open()]);
    const seen: number[] = [];
    const written = new AbortController();
    const reading = (async () => {
      while (!written.signal.aborted || (await latestEventId(reader.db)) > (seen.at(-1) ?? 0)) {
        seen.push(...(await readEvents(reader.db, seen.at(-1) ?? 0, 100)).map(({ id }) => id));
      }
    })();
    const ids = await Promise.all(
      [writer, other, writer, other].map(async (store, index) => {
        const mine = [];
        for (let count = 0; count < 40; count += 1) {
          mine.push(
            await transact(store.db, async (trx) => {
              const id = await appendEvent(trx, event);
              await sql`select pg_sleep(${(index % 3) / 1_000})`.execute(trx);
              return id;
            }),
          );
        }
        return mine;
      }),
    );
    written.abort();
    await reading;
    expect(seen).toEqual(ids.flat().sort((a, b) => a - b));
  });

  it("are announced to the others, who are told to look for themselves after a broken connection", async () => {
    const [writer, watcher] = await Promise.all([place.open(), place.open()]);
    const changes: Change[] = [];
    watcher.onChange((change) => changes.push(change));
    const id = await appendEvent(writer.db, event);
    await until(() => changes.length > 0);
    expect(changes).toEqual([{ kind: "event", id }]);
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'showrunner listener'`.execute(
      writer.db,
    );
    await until(() => changes.some(({ kind }) => kind === "unknown"));
    const next = await appendEvent(writer.db, event);
    await until(() => changes.some((change) => change.kind === "event" && change.id === next));
  });
});
