import { sql } from "kysely";
import type { Library } from "#domain/ports.ts";
import type { Digest } from "#schemas/types.ts";
import type { Executor } from "./database.ts";
import { transact } from "./transact.ts";

/** One library in one revision. */
export interface LibraryUse {
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  /** Named in the script's own package.json. */
  readonly direct: boolean;
}

const ROWS_A_STATEMENT = 1_000;

/**
 * Puts on record what a revision contains. The same bytes can come of two versions of a library that differ elsewhere: the
 * latest build counts, so that an upgrade which leaves the bytes as they are is known to have happened.
 */
export function recordInventory(db: Executor, digest: Digest, libraries: readonly Library[]): Promise<void> {
  return transact(db, async (trx) => {
    await trx.deleteFrom("inventory").where("digest", "=", digest).execute();
    await insertAll(trx, digest, libraries);
  });
}

async function insertAll(db: Executor, digest: Digest, libraries: readonly Library[]): Promise<void> {
  for (let start = 0; start < libraries.length; start += ROWS_A_STATEMENT) {
    const rows = libraries
      .slice(start, start + ROWS_A_STATEMENT)
      .map(({ name, version, direct }) => ({ digest, name, version, direct }));
    await db
      .insertInto("inventory")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Every revision that contains one of some libraries, in whatever version; the caller knows which versions matter. */
export function listLibraryUses(db: Executor, names: readonly string[]): Promise<LibraryUse[]> {
  if (names.length === 0) return Promise.resolve([]);
  return db
    .selectFrom("inventory")
    .select(["digest", "name", "version", "direct"])
    .where("name", "in", [...names])
    .orderBy("digest")
    .orderBy("version")
    .execute();
}

/** What revisions name in their own package.json. */
export async function listDirectUses(db: Executor, digests: readonly Digest[]): Promise<LibraryUse[]> {
  const found: LibraryUse[] = [];
  for (let start = 0; start < digests.length; start += ROWS_A_STATEMENT) {
    const rows = await db
      .selectFrom("inventory")
      .select(["digest", "name", "version", "direct"])
      .where("digest", "in", digests.slice(start, start + ROWS_A_STATEMENT))
      .where("direct", "=", true)
      .execute();
    found.push(...rows);
  }
  return found;
}

/** What one revision contains; empty when it contains no library or was never built here. */
export async function listLibrariesOf(db: Executor, digest: Digest): Promise<Library[]> {
  return db
    .selectFrom("inventory")
    .select(["name", "version", "direct"])
    .where("digest", "=", digest)
    .orderBy("name")
    .orderBy("version")
    .execute();
}

/** Forgets revisions whose build is forgotten too and that no region serves any more. */
export async function pruneInventory(db: Executor): Promise<void> {
  await db
    .deleteFrom("inventory")
    .where(
      "digest",
      "not in",
      sql<Digest>`(select outcome->>'digest' from builds where outcome->>'kind' = 'built')`,
    )
    .where("digest", "not in", db.selectFrom("rollouts").select(sql<Digest>`digest`.as("digest")))
    .execute();
}
