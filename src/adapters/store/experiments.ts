import { sql } from "kysely";
import type { ExperimentPeriod } from "#domain/experiment/experiment-period.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { CellWindow } from "#domain/experiment/observe-cells.ts";
import type { Database, Executor } from "./database.ts";
import type { Kysely } from "kysely";
import { jsonText } from "./json-text.ts";
import { periodOf, storedPeriod } from "./stored-period.ts";

/** Of an experiment that is over, milliseconds. */
const keptMs = 180 * 86_400_000;

/** What is kept of experiments beside their files. */
export interface ExperimentRecords {
  find(name: string): Promise<ExperimentState | null>;
  /** By name. */
  list(): Promise<{ readonly name: string; readonly state: ExperimentState }[]>;
  /** While it is not open, nothing that nodes count for it is kept. */
  save(name: string, state: ExperimentState, isOpen: boolean, nowMs: number): Promise<void>;
  /** What nodes counted before then and was not folded yet. */
  windows(name: string, untilMs: number): Promise<CellWindow[]>;
  /** Keeps whole periods of the course that began at `sinceMs`, and forgets the windows before `untilMs`. */
  fold(name: string, sinceMs: number, periods: readonly ExperimentPeriod[], untilMs: number): Promise<void>;
  /** Of the course that began at `sinceMs`, by time. */
  periods(name: string, sinceMs: number): Promise<ExperimentPeriod[]>;
}

export function createExperimentRecords(db: Kysely<Database>): ExperimentRecords {
  return {
    async find(name) {
      const row = await db
        .selectFrom("experiments")
        .select("state")
        .where("name", "=", name)
        .executeTakeFirst();
      return row?.state ?? null;
    },
    list: () => db.selectFrom("experiments").select(["name", "state"]).orderBy("name").execute(),
    async save(name, state, isOpen, nowMs) {
      const values = { is_open: isOpen, state: jsonText(state), updated_at: new Date(nowMs) };
      await db
        .insertInto("experiments")
        .values({ name, ...values })
        .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
        .execute();
    },
    windows: (name, untilMs) =>
      db
        .selectFrom("experiment_windows")
        .select(["cell", "node", "started_at as startMs", "counts"])
        .where("experiment", "=", name)
        .where(sql<boolean>`started_at < ${new Date(untilMs)}`)
        .orderBy("started_at")
        .execute(),
    fold: (name, sinceMs, periods, untilMs) => fold(db, name, sinceMs, periods, untilMs),
    async periods(name, sinceMs) {
      const rows = await db
        .selectFrom("experiment_periods")
        .select(["started_at as startMs", "observed"])
        .where("experiment", "=", name)
        .where(sql<boolean>`since = ${new Date(sinceMs)}`)
        .orderBy("started_at")
        .execute();
      return rows.map(({ startMs, observed }) => periodOf(startMs, observed));
    },
  };
}

async function fold(
  db: Kysely<Database>,
  name: string,
  sinceMs: number,
  periods: readonly ExperimentPeriod[],
  untilMs: number,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const period of periods) {
      await transaction
        .insertInto("experiment_periods")
        .values({
          experiment: name,
          since: new Date(sinceMs),
          started_at: new Date(period.startMs),
          observed: jsonText(storedPeriod(period)),
        })
        // Folded before by whoever died then.
        .onConflict((conflict) => conflict.columns(["experiment", "since", "started_at"]).doNothing())
        .execute();
    }
    await transaction
      .deleteFrom("experiment_windows")
      .where("experiment", "=", name)
      .where(sql<boolean>`started_at < ${new Date(untilMs)}`)
      .execute();
  });
}

/** Keeps what one node counted for the cells of an open experiment; a later report of a window replaces the earlier one. */
export async function recordCellWindows(
  db: Executor,
  experiment: string,
  windows: readonly CellWindow[],
): Promise<void> {
  if (windows.length === 0) return;
  const open = await db
    .selectFrom("experiments")
    .select("name")
    .where("name", "=", experiment)
    .where("is_open", "=", true)
    .executeTakeFirst();
  if (!open) return;
  await db
    .insertInto("experiment_windows")
    .values(
      windows.map(({ cell, node, startMs, counts }) => ({
        experiment,
        cell,
        node,
        started_at: new Date(startMs),
        counts: jsonText(counts),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["experiment", "cell", "started_at", "node"]).doUpdateSet((eb) => ({
        counts: eb.ref("excluded.counts"),
      })),
    )
    .execute();
}

/** Forgets experiments that have been over for half a year. */
export async function pruneExperiments(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from experiments where not is_open and updated_at < ${new Date(nowMs - keptMs)}`.execute(
    db,
  );
}
