import { sql } from "kysely";
import type { CanaryConclusion } from "#domain/canary/pull-request-canaries.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import type { Executor, PullRequestVerdict } from "./database.ts";
import { jsonText, storableText } from "./json-text.ts";

const listedMax = 500;

/** An open pull request that touches a script, and what was found out about it. */
export interface PullRequestRecord {
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly verdict: PullRequestVerdict;
  /** As `<name>@<version>`. */
  readonly scripts: readonly string[];
  /** Of head, base and fleet, as they were looked at: while it stays the same there is nothing new to say. */
  readonly inputsHash: string;
  /** null in rows from before it was kept. */
  readonly findings: PullRequestFindings | null;
  /** null where nothing is tried. */
  readonly canary: CanaryConclusion | null;
}

export async function upsertPullRequest(db: Executor, pull: PullRequestRecord): Promise<void> {
  const values = {
    title: storableText(pull.title),
    url: pull.url,
    verdict: pull.verdict,
    scripts: jsonText(pull.scripts),
    inputs_hash: pull.inputsHash,
    findings: pull.findings === null ? null : jsonText(pull.findings),
    canary: pull.canary,
  };
  await db
    .insertInto("pull_requests")
    .values({ repo_id: pull.repositoryId, number: pull.number, ...values })
    .onConflict((conflict) => conflict.columns(["repo_id", "number"]).doUpdateSet(values))
    .execute();
}

export async function findPullRequest(
  db: Executor,
  repositoryId: number,
  number: number,
): Promise<PullRequestRecord | null> {
  const row = await selectPullRequests(db)
    .where("repo_id", "=", repositoryId)
    .where("number", "=", number)
    .executeTakeFirst();
  return row ?? null;
}

/** By repository, then number. */
export async function listPullRequests(db: Executor, limit: number): Promise<PullRequestRecord[]> {
  return selectPullRequests(db).orderBy("repo_id").orderBy("number").limit(limit).execute();
}

/** Those that touch `<name>@<version>`; at most 500. */
export async function listPullRequestsOfScript(db: Executor, script: string): Promise<PullRequestRecord[]> {
  return selectPullRequests(db)
    .where(sql<boolean>`scripts ? ${script}`)
    .limit(listedMax)
    .execute();
}

/** Merged and closed ones are forgotten. */
export async function deletePullRequest(db: Executor, repositoryId: number, number: number): Promise<void> {
  await db
    .deleteFrom("pull_requests")
    .where("repo_id", "=", repositoryId)
    .where("number", "=", number)
    .execute();
}

function selectPullRequests(db: Executor) {
  return db
    .selectFrom("pull_requests")
    .select([
      "repo_id as repositoryId",
      "number",
      "title",
      "url",
      "verdict",
      "scripts",
      "inputs_hash as inputsHash",
      "findings",
      "canary",
    ]);
}
