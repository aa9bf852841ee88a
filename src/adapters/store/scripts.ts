import type { Problem } from "#domain/manifest/problem.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";

/** One version of a script, as its repository's default branch declares it. */
export interface ScriptRecord {
  readonly name: string;
  readonly version: string;
  readonly repositoryId: number;
  /** The script's folder, "." for the root. */
  readonly path: string;
  /** null when the file on the branch is not valid. */
  readonly manifest: ScriptManifest | null;
  /** The commit it was read from. */
  readonly commit: string;
  /** False when the branch no longer holds it. */
  readonly declared: boolean;
  readonly problems: readonly Problem[];
  /** The newest commit that every region is known to serve; null before the first. */
  readonly servedCommit: string | null;
  /** What that commit builds to. */
  readonly servedDigest: string | null;
}

/** What the branch declares. */
export type ScriptDeclaration = Omit<ScriptRecord, "servedCommit" | "servedDigest">;

/** Keeps what is served as it is, see `markScriptServed`. */
export async function upsertScript(db: Executor, script: ScriptDeclaration): Promise<void> {
  const values = {
    repo_id: script.repositoryId,
    path: script.path,
    manifest: script.manifest === null ? null : jsonText(script.manifest),
    commit: script.commit,
    declared: script.declared,
    problems: jsonText(script.problems),
  };
  await db
    .insertInto("scripts")
    .values({
      name: script.name,
      version: script.version,
      served_commit: null,
      served_digest: null,
      ...values,
    })
    .onConflict((conflict) => conflict.columns(["name", "version"]).doUpdateSet(values))
    .execute();
}

/** Notes that every region serves what this commit builds to. */
export async function markScriptServed(
  db: Executor,
  name: string,
  version: string,
  revision: { readonly commit: string; readonly digest: string },
): Promise<void> {
  await db
    .updateTable("scripts")
    .set({ served_commit: revision.commit, served_digest: revision.digest })
    .where("name", "=", name)
    .where("version", "=", version)
    .execute();
}

export async function findScript(db: Executor, name: string, version: string): Promise<ScriptRecord | null> {
  const row = await selectScripts(db)
    .where("name", "=", name)
    .where("version", "=", version)
    .executeTakeFirst();
  return row ?? null;
}

/** By name, then version; those no longer declared are among them. */
export async function listScripts(db: Executor): Promise<ScriptRecord[]> {
  return selectScripts(db).orderBy("name").orderBy("version").execute();
}

export async function listScriptsOfRepository(db: Executor, repositoryId: number): Promise<ScriptRecord[]> {
  return selectScripts(db).where("repo_id", "=", repositoryId).orderBy("name").orderBy("version").execute();
}

function selectScripts(db: Executor) {
  return db
    .selectFrom("scripts")
    .select([
      "name",
      "version",
      "repo_id as repositoryId",
      "path",
      "manifest",
      "commit",
      "declared",
      "problems",
      "served_commit as servedCommit",
      "served_digest as servedDigest",
    ]);
}
