// One replica's steady state: sweeps, each with what it wakes of discovery and of the fleet, and prints what they took.
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import { readConfiguration } from "#app/configuration.ts";
import { createReconciler } from "#app/reconciler/reconcile.ts";
import { sweepRollouts } from "#app/reconciler/sweep.ts";
import { createReconcilerContext } from "#app/reconciler-context.ts";

/** What the child prints, as one line of JSON. */
export interface SweepReport {
  /** The first sweep of the process, which reads the whole fleet repository, milliseconds. */
  readonly firstMs: number;
  /** Each later sweep, milliseconds. */
  readonly sweepMs: readonly number[];
}

/** Looks until every repository counts as settled. */
const SETTLING_SWEEPS = 4;
const DIFFERING = 100;

const sweeps = Number(process.argv[2]);
const configuration = readConfiguration(process.env);
const logger = pino({ level: "warn" }, pino.destination(2));
const store = await openStore({ databaseUrl: null, dir: join(configuration.home, "store"), logger });
const clock = { now: () => Date.now() };
const { context } = await createReconcilerContext(configuration, { store, clock, logger });
const reconcile = createReconciler(context);
const signal = new AbortController().signal;

const firstMs = await sweep();
for (let index = 0; index < SETTLING_SWEEPS; index += 1) await sweep();
await sql`delete from reconcile_keys`.execute(store.db);
const sweepMs: number[] = [];
for (let index = 0; index < sweeps; index += 1) sweepMs.push(await sweep());
await demandWoken(store, 0);
await sql`update scripts set served_commit = ${"0".repeat(40)}
  where name in (select name from scripts order by name limit ${DIFFERING})`.execute(store.db);
await sweep();
await demandWoken(store, DIFFERING);
await sql`update scripts set served_commit = commit`.execute(store.db);
await sql`delete from reconcile_keys`.execute(store.db);
await store.close();
const report: SweepReport = { firstMs, sweepMs };
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);

async function sweep(): Promise<number> {
  const startedMs = performance.now();
  await sweepRollouts(context);
  await reconcile("discovery", signal);
  await reconcile("fleet", signal);
  return performance.now() - startedMs;
}

/** A sweep that compares nothing is fast too. */
async function demandWoken({ db }: Store, count: number): Promise<void> {
  const keys = await db.selectFrom("reconcile_keys").select("key").execute();
  const woken = keys.filter(({ key }) => key !== "discovery" && key !== "fleet");
  if (woken.length !== count || !woken.every(({ key }) => key.startsWith("script:")))
    throw new Error(`${woken.length} keys were woken and not ${count}: ${woken[0]?.key}`);
}
