import { pruneAudit } from "./audit.ts";
import { pruneBuilds } from "./builds.ts";
import { pruneCommands } from "./commands.ts";
import { pruneCanaryRuns } from "./canary-runs.ts";
import type { Executor } from "./database.ts";
import { pruneDeliveries } from "./deliveries.ts";
import { pruneEffects } from "./effects.ts";
import { pruneExperiments } from "./experiments.ts";
import { pruneEvents } from "./events.ts";
import { pruneInventory } from "./inventory.ts";
import { pruneMeasurements } from "./measurements.ts";
import { pruneNotices } from "./notices.ts";
import { pruneRollouts } from "./rollouts.ts";

/** Drops what is old from every table that grows by itself. For the periodic sweep. */
export async function pruneStore(db: Executor, nowMs: number): Promise<void> {
  await pruneDeliveries(db, nowMs);
  await pruneBuilds(db);
  await pruneRollouts(db, nowMs);
  await pruneMeasurements(db, nowMs);
  await pruneCanaryRuns(db, nowMs);
  await pruneEffects(db);
  await pruneEvents(db);
  await pruneAudit(db);
  // After the builds and rollouts that keep it.
  await pruneInventory(db);
  await pruneCommands(db, nowMs);
  await pruneNotices(db, nowMs);
  await pruneExperiments(db, nowMs);
}
