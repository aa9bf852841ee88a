import { sql } from "kysely";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";

/** For the run's page; the verdict has been given long before, milliseconds. */
const keptMs = 7 * 86_400_000;

/**
 * Keeps what one node counted for a run, window by window; a later report of a window replaces the earlier one. Nothing
 * is kept for a run that is unknown or has ended, nor for windows outside of its course.
 */
export async function recordMeasurements(
  db: Executor,
  runId: string,
  measurements: readonly Measurement[],
): Promise<void> {
  if (measurements.length === 0) return;
  const open = await db
    .selectFrom("canary_runs")
    .select("id")
    .where("id", "=", runId)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (!open) return;
  await db
    .insertInto("measurements")
    .values(
      measurements.map(({ role, node, region, startMs, counts }) => ({
        run_id: runId,
        role,
        started_at: new Date(startMs),
        node,
        region,
        counts: jsonText(counts),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["run_id", "role", "started_at", "node"]).doUpdateSet((eb) => ({
        counts: eb.ref("excluded.counts"),
      })),
    )
    .execute();
}

/** All of a run, by time. */
export async function listMeasurements(db: Executor, runId: string): Promise<Measurement[]> {
  return db
    .selectFrom("measurements")
    .select(["role", "node", "region", "started_at as startMs", "counts"])
    .where("run_id", "=", runId)
    .orderBy("started_at")
    .orderBy("node")
    .execute();
}

/** Forgets what was measured more than a week ago. */
export async function pruneMeasurements(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from measurements where started_at < ${new Date(nowMs - keptMs)}`.execute(db);
}
