import { sql } from "kysely";
import type { RolloutState } from "#domain/rollout/rollout-state.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";

/** A revision's way through the fleet. Times are epoch milliseconds. */
export interface RolloutRecord {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly repositoryId: number;
  readonly commit: string;
  readonly digest: string;
  readonly pullNumber: number | null;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  /** What was last decided. */
  readonly state: RolloutState;
  /** Wave, counted from 1, to the time its bake started. */
  readonly bake: Readonly<Record<string, number>>;
  readonly completedAtMs: number | null;
  readonly updatedAtMs: number;
}

const keptMs = 90 * 86_400_000;

export async function upsertRollout(db: Executor, rollout: RolloutRecord): Promise<void> {
  const values = {
    script: rollout.script,
    version: rollout.version,
    repo_id: rollout.repositoryId,
    commit: rollout.commit,
    digest: rollout.digest,
    pull_number: rollout.pullNumber,
    started_at: new Date(rollout.startedAtMs),
    promised_by: new Date(rollout.promisedByMs),
    state: jsonText(rollout.state),
    bake: jsonText(rollout.bake),
    completed_at: rollout.completedAtMs === null ? null : new Date(rollout.completedAtMs),
    updated_at: new Date(rollout.updatedAtMs),
  };
  await db
    .insertInto("rollouts")
    .values({ id: rollout.id, ...values })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
}

export async function findRollout(db: Executor, id: string): Promise<RolloutRecord | null> {
  return (await selectRollouts(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Those not completed, oldest first. */
export async function listActiveRollouts(db: Executor): Promise<RolloutRecord[]> {
  return selectRollouts(db).where("completed_at", "is", null).orderBy("started_at").orderBy("id").execute();
}

/** Those of one version of a script, newest first. */
export async function listRolloutsOfScript(
  db: Executor,
  script: string,
  version: string,
  limit: number,
): Promise<RolloutRecord[]> {
  return selectRollouts(db)
    .where("script", "=", script)
    .where("version", "=", version)
    .orderBy("started_at", "desc")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Those that a pull request started, oldest first. */
export async function listRolloutsOfPullRequest(
  db: Executor,
  repositoryId: number,
  pullNumber: number,
): Promise<RolloutRecord[]> {
  return selectRollouts(db)
    .where("repo_id", "=", repositoryId)
    .where("pull_number", "=", pullNumber)
    .orderBy("started_at")
    .orderBy("id")
    .execute();
}

/** The latest of the whole fleet, newest first. */
export async function listRecentRollouts(db: Executor, limit: number): Promise<RolloutRecord[]> {
  return selectRollouts(db).orderBy("started_at", "desc").orderBy("id").limit(limit).execute();
}

/** Forgets rollouts completed more than 90 days ago; the fleet repository's commits keep the history. */
export async function pruneRollouts(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from rollouts where completed_at < ${new Date(nowMs - keptMs)}`.execute(db);
}

function selectRollouts(db: Executor) {
  return db
    .selectFrom("rollouts")
    .select([
      "id",
      "script",
      "version",
      "repo_id as repositoryId",
      "commit",
      "digest",
      "pull_number as pullNumber",
      "started_at as startedAtMs",
      "promised_by as promisedByMs",
      "state",
      "bake",
      "completed_at as completedAtMs",
      "updated_at as updatedAtMs",
    ]);
}
