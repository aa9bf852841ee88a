import type { Repository } from "#domain/ports.ts";
import type { Executor, RepositoryKind } from "./database.ts";

/** A repository the app is or was installed on, as last seen. Times are epoch milliseconds. */
export interface RepositoryRecord extends Repository {
  /** The default branch's commit that was last reconciled; null before the first time. */
  readonly head: string | null;
  readonly kind: RepositoryKind;
  readonly seenAtMs: number;
  /** Since when the app is no longer installed on it; null while it is. */
  readonly removedAtMs: number | null;
  /** The state, last push and fleet.yaml, that it was looked at in often enough; null before the first. Compared for equality only. */
  readonly settledState: string | null;
}

export async function upsertRepository(db: Executor, repository: RepositoryRecord): Promise<void> {
  const values = {
    full_name: repository.fullName,
    default_branch: repository.defaultBranch,
    head: repository.head,
    kind: repository.kind,
    seen_at: new Date(repository.seenAtMs),
    removed_at: repository.removedAtMs === null ? null : new Date(repository.removedAtMs),
    settled_state: repository.settledState,
  };
  await db
    .insertInto("repositories")
    .values({ id: repository.id, ...values })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
}

/** null for one that was never seen; a removed one is there, with the time. */
export async function findRepository(db: Executor, id: number): Promise<RepositoryRecord | null> {
  return (await selectRepositories(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Those the app is installed on now, by id. */
export async function listRepositories(db: Executor): Promise<RepositoryRecord[]> {
  return selectRepositories(db).where("removed_at", "is", null).orderBy("id").execute();
}

/** Notes that the app is no longer installed on a repository; the first time counts. */
export async function markRepositoryRemoved(db: Executor, id: number, nowMs: number): Promise<void> {
  await db
    .updateTable("repositories")
    .set({ removed_at: new Date(nowMs) })
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .execute();
}

function selectRepositories(db: Executor) {
  return db
    .selectFrom("repositories")
    .select([
      "id",
      "full_name as fullName",
      "default_branch as defaultBranch",
      "head",
      "kind",
      "seen_at as seenAtMs",
      "removed_at as removedAtMs",
      "settled_state as settledState",
    ]);
}
