import { sql } from "kysely";
import type { Run, RunPhase, RunStop } from "#domain/canary/run.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";

const keptMs = 30 * 86_400_000;

/** What a run is for: a pull request, by GitHub's id of its repository. */
export interface PullRequestRuns {
  readonly repositoryId: number;
  readonly pull: number;
}

/** Asks for a run; one that is known already stays as it is. */
export async function requestCanaryRun(db: Executor, run: Run): Promise<void> {
  await db
    .insertInto("canary_runs")
    .values({
      id: run.id,
      script: run.script,
      version: run.version,
      repo_id: run.repositoryId,
      pull_number: run.pull,
      head_sha: run.headSha,
      cause: run.cause,
      candidate: jsonText(run.candidate),
      candidate_digest: run.candidate.digest,
      policy: jsonText(run.policy),
      requested_at: new Date(run.requestedAtMs),
      stop: run.stop === null ? null : jsonText(run.stop),
      phase: jsonText(run.phase),
      ended_at: endedAt(run.phase),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/** Keeps how far a run is. Only the owner of the script's canaries writes it. */
export async function saveCanaryPhase(db: Executor, id: string, phase: RunPhase): Promise<void> {
  await db
    .updateTable("canary_runs")
    .set({ phase: jsonText(phase), ended_at: endedAt(phase) })
    .where("id", "=", id)
    .execute();
}

/** Asks an open run to end; the first reason stays. */
export async function stopCanaryRun(db: Executor, id: string, stop: RunStop): Promise<void> {
  await db
    .updateTable("canary_runs")
    .set({ stop: jsonText(stop) })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .where("stop", "is", null)
    .execute();
}

export async function findCanaryRun(db: Executor, id: string): Promise<Run | null> {
  return (await selectRuns(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Those of one version of a script that have not ended, oldest first. */
export async function listOpenCanaryRuns(db: Executor, script: string, version: string): Promise<Run[]> {
  return selectRuns(db)
    .where("script", "=", script)
    .where("version", "=", version)
    .where("ended_at", "is", null)
    .orderBy("requested_at")
    .orderBy("id")
    .execute();
}

/** The latest, newest first. */
export async function listRecentCanaryRuns(db: Executor, limit: number): Promise<Run[]> {
  return selectRuns(db).orderBy("requested_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** All that have not ended, oldest first. */
export async function listActiveCanaryRuns(db: Executor): Promise<Run[]> {
  return selectRuns(db).where("ended_at", "is", null).orderBy("requested_at").orderBy("id").execute();
}

/** Those of one pull request, newest first. */
export async function listCanaryRunsOfPullRequest(
  db: Executor,
  { repositoryId, pull }: PullRequestRuns,
  limit: number,
): Promise<Run[]> {
  return selectRuns(db)
    .where("repo_id", "=", repositoryId)
    .where("pull_number", "=", pull)
    .orderBy("requested_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Runs of a candidate that have ended, newest first: their verdicts hold for the same bytes wherever they come from. */
export async function listCanaryRunsOfCandidate(
  db: Executor,
  script: string,
  version: string,
  digest: string,
  limit: number,
): Promise<Run[]> {
  return selectRuns(db)
    .where("script", "=", script)
    .where("version", "=", version)
    .where("candidate_digest", "=", digest)
    .where("ended_at", "is not", null)
    .orderBy("ended_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Forgets runs that ended more than 30 days ago, with their measurements. */
export async function pruneCanaryRuns(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from canary_runs where ended_at < ${new Date(nowMs - keptMs)}`.execute(db);
}

function endedAt(phase: RunPhase): Date | null {
  return phase.kind === "ended" ? new Date(phase.endedAtMs) : null;
}

function selectRuns(db: Executor) {
  return db
    .selectFrom("canary_runs")
    .select([
      "id",
      "script",
      "version",
      "repo_id as repositoryId",
      "pull_number as pull",
      "head_sha as headSha",
      "cause",
      "candidate",
      "policy",
      "requested_at as requestedAtMs",
      "stop",
      "phase",
    ]);
}
