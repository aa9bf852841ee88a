// A second process for the store's tests. Arguments: what to do, and what it needs for it. Says on stdout what it did.
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { sql } from "kysely";
import { appendEvent } from "#adapters/store/events.ts";
import { openStore, type Store } from "#adapters/store/open-store.ts";

const [, , task = "", database = "", leaseMs = "10000"] = process.argv;
const store = await openStore({
  databaseUrl: database.startsWith("postgres:") ? database : null,
  dir: database,
  logger: pino({ level: "silent" }),
});

switch (task) {
  case "write":
    await writeForEver(store);
    break;
  case "work":
    work(store);
    break;
  case "stall":
    stall(store);
    break;
  default:
    throw new Error(`no such task: ${task}`);
}

/** Acknowledges each event after its commit, and holds a key. */
async function writeForEver({ db, queue }: Store): Promise<void> {
  await queue.wake(["fleet"]);
  queue.start(
    async () => {
      say("working");
      await sleep(600_000);
      return { kind: "done" };
    },
    { concurrency: 1 },
  );
  for (let count = 0; ; count += 1)
    say(`wrote ${await appendEvent(db, { atMs: count, type: "test", data: {} })}`);
}

/** A key in work has a row in `in_work`, whose primary key shows an overlap; each run is a row in `runs`. */
function work({ db, queue }: Store): void {
  queue.start(
    async (key) => {
      try {
        await sql`insert into in_work values (${key})`.execute(db);
      } catch {
        await sql`insert into overlapping values (${key})`.execute(db);
      }
      await sleep(Math.random() * 4);
      await sql`delete from in_work where key = ${key}`.execute(db);
      await sql`insert into runs values (${key}, ${process.pid})`.execute(db);
      return { kind: "done" };
    },
    { concurrency: 4, leaseMs: Number(leaseMs) },
  );
  say("ready");
}

/** Takes a key and never ends. */
function stall({ queue }: Store): void {
  queue.start(
    async (key) => {
      say(`holds ${key}`);
      await sleep(600_000);
      return { kind: "done" };
    },
    { concurrency: 1, leaseMs: Number(leaseMs) },
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
