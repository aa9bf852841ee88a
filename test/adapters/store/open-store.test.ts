import { cpSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { sql } from "kysely";
import { StoreUnusableError } from "#adapters/store/connection.ts";
import { StoreHeldError } from "#adapters/store/directory-lock.ts";
import { readEvents } from "#adapters/store/events.ts";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import { startStoreChild, type StoreChild } from "./child-process.ts";
import { silentLogger, temporaryStoreDir } from "./store-template.ts";
import { describeOnPostgres } from "./temporary-store.ts";

// Processes start slowly on a busy machine.
jest.setTimeout(120_000);

const open = (dir: string): Promise<Store> => openStore({ databaseUrl: null, dir, logger: silentLogger });

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

describe("the embedded store", () => {
  let root = "";
  let template = "";
  let copies = 0;
  let children: StoreChild[] = [];
  const freshDir = () => {
    copies += 1;
    const dir = join(root, `store-${copies}`);
    cpSync(template, dir, { recursive: true });
    return dir;
  };

  const startWriter = (dir: string): StoreChild => {
    const child = startStoreChild("write", dir);
    children.push(child);
    return child;
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "showrunner-open-store-"));
    template = await temporaryStoreDir();
  });

  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    children = [];
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    rmSync(template, { recursive: true, force: true });
  });

  it("lets its process do something else while one asks it again and again", async () => {
    const store = await open(freshDir());
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs) await sql`select 1`.execute(store.db);
    clearImmediate(counting);
    await store.close();
    // Every 10 ms or so; its answers alone would leave none.
    expect(turns).toBeGreaterThan(5);
  });

  it("refuses a second process while the first lives, and names it", async () => {
    const dir = freshDir();
    const holder = startWriter(dir);
    await holder.said("wrote");
    const error = await failure(open(dir));
    expect(error).toBeInstanceOf(StoreHeldError);
    expect(String(error)).toContain(`process ${holder.pid} on `);
    expect(String(error)).toMatch(/\(node store-child\.ts, started \d{4}-/);
    await holder.said("wrote", 20);
  });

  it("loses nothing it acknowledged when it is killed, opens again at once, and takes up the key in work", async () => {
    const dir = freshDir();
    for (let kills = 0; kills < 2; kills += 1) {
      const writer = startWriter(dir);
      await writer.said("working");
      await writer.said("wrote", 30 + kills * 7);
      await writer.kill();

      const store = await open(dir);
      const acknowledged = writer.lines.flatMap((line) => /^wrote (\d+)$/.exec(line)?.[1] ?? []).map(Number);
      const present = new Set((await readEvents(store.db, 0, 100_000)).map((event) => event.id));
      expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
      expect(await store.queue.counts()).toMatchObject({ due: 1, running: 0 });
      const run = Promise.withResolvers<string>();
      store.queue.start(
        (key) => {
          run.resolve(key);
          return Promise.resolve({ kind: "done" });
        },
        { concurrency: 1 },
      );
      expect(await run.promise).toBe("fleet");
      await store.close();
    }
  });

  it("refuses a second opening in the same process, and opens again after the first is closed", async () => {
    const dir = freshDir();
    const first = await open(dir);
    expect(await failure(open(dir))).toBeInstanceOf(StoreHeldError);
    await first.close();
    await (await open(dir)).close();
  });

  it("starts afresh when its first opening was cut short", async () => {
    const dir = join(root, "cut-short");
    const first = startWriter(dir);
    await sleep(1_500);
    await first.kill();
    const store = await open(dir);
    expect(await readEvents(store.db, 0, 10)).toEqual([]);
    await store.close();
  });

  it("keeps its folder to its user", async () => {
    const dir = freshDir();
    await (await open(dir)).close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it.each([
    ["a lost version file", (dir: string) => rmSync(join(dir, "data", "PG_VERSION"))],
    ["another PostgreSQL's files", (dir: string) => writeFileSync(join(dir, "data", "PG_VERSION"), "9\n")],
    ["an empty control file", (dir: string) => truncateSync(join(dir, "data", "global", "pg_control"))],
    ["a lost catalogue", (dir: string) => rmSync(join(dir, "data", "base"), { recursive: true })],
  ])("says what to do about %s", async (_damage, break_) => {
    const dir = freshDir();
    break_(dir);
    const error = await failure(open(dir));
    expect(error).toBeInstanceOf(StoreUnusableError);
    expect(String(error)).toContain(dir);
    expect(String(error)).toContain("move it away and start again");
  });

  it("says that a file is no folder", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(await failure(open(file))).toBeInstanceOf(StoreUnusableError);
  });
});

describe("a store on a server that is not there", () => {
  it("says so without the password", async () => {
    const databaseUrl = "postgres://someone:hunter2@127.0.0.1:1/showrunner";
    const error = await failure(openStore({ databaseUrl, dir: "", logger: silentLogger }));
    expect(error).toBeInstanceOf(StoreUnusableError);
    expect(String(error)).toContain("127.0.0.1:1/showrunner");
    expect(String(error)).not.toContain("hunter2");
  });
});

describeOnPostgres("a store on a server", (place) => {
  it("lets replicas that start together bring the schema up to date once", async () => {
    const stores = await Promise.all([place.open(), place.open(), place.open()]);
    for (const store of stores) expect(await readEvents(store.db, 0, 1)).toEqual([]);
  });
});
