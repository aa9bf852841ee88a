import { sql } from "kysely";
import type { DeprecatedVersions } from "#domain/campaign/library-reasons.ts";
import { deprecatedIn, type LibraryReleases } from "#domain/campaign/library-releases.ts";
import type { Digest } from "#schemas/types.ts";
import type { Executor } from "./database.ts";
import { type LibraryUse, listDirectUses } from "./inventory.ts";
import { jsonText } from "./json-text.ts";

/** When the registry is asked about a library again. */
export interface ReleaseLook {
  readonly name: string;
  /** Of its last answer; null when it gave none. */
  readonly etag: string | null;
  readonly dueAtMs: number;
  /** In a row. */
  readonly failures: number;
}

/** What the scan for releases keeps; each call is one atomic act. It may be lost: the registry is asked again. */
export interface ReleaseRecords {
  directUses(digests: readonly Digest[]): Promise<LibraryUse[]>;
  looks(): Promise<ReleaseLook[]>;
  find(names: readonly string[]): Promise<Map<string, LibraryReleases>>;
  saveFound(name: string, etag: string | null, found: LibraryReleases, dueAtMs: number): Promise<void>;
  saveUnchanged(name: string, dueAtMs: number): Promise<void>;
  /** What was known before stays. */
  saveFailure(name: string, dueAtMs: number): Promise<void>;
  /** Of libraries that nobody asks about any more. */
  forget(names: readonly string[]): Promise<void>;
}

export function createReleaseRecords(db: Executor): ReleaseRecords {
  return {
    directUses: (digests) => listDirectUses(db, digests),
    looks: () =>
      db
        .selectFrom("library_releases")
        .select(["name", "etag", "due_at as dueAtMs", "failures"])
        .orderBy("due_at")
        .execute(),
    find: (names) => findReleases(db, names),
    async saveFound(name, etag, found, dueAtMs) {
      const values = {
        etag,
        latest: found.latest,
        releases: jsonText(found.releases),
        deprecated: jsonText(deprecatedIn(found)),
        failures: 0,
        due_at: new Date(dueAtMs),
      };
      await db
        .insertInto("library_releases")
        .values({ name, ...values })
        .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
        .execute();
    },
    async saveUnchanged(name, dueAtMs) {
      await db
        .updateTable("library_releases")
        .set({ failures: 0, due_at: new Date(dueAtMs) })
        .where("name", "=", name)
        .execute();
    },
    async saveFailure(name, dueAtMs) {
      const due = { due_at: new Date(dueAtMs) };
      await db
        .insertInto("library_releases")
        .values({
          name,
          etag: null,
          latest: null,
          releases: jsonText([]),
          deprecated: jsonText({}),
          failures: 1,
          ...due,
        })
        .onConflict((conflict) =>
          conflict
            .column("name")
            .doUpdateSet({ ...due, failures: sql<number>`library_releases.failures + 1` }),
        )
        .execute();
    },
    async forget(names) {
      if (names.length > 0)
        await db
          .deleteFrom("library_releases")
          .where("name", "in", [...names])
          .execute();
    },
  };
}

async function findReleases(db: Executor, names: readonly string[]): Promise<Map<string, LibraryReleases>> {
  if (names.length === 0) return new Map();
  const rows = await db
    .selectFrom("library_releases")
    .select(["name", "latest", "releases"])
    .where("name", "in", [...names])
    .execute();
  return new Map(rows.map(({ name, latest, releases }) => [name, { latest, releases }]));
}

/** The libraries of which the registry calls versions deprecated. */
export async function listDeprecated(db: Executor): Promise<Map<string, DeprecatedVersions>> {
  const rows = await db
    .selectFrom("library_releases")
    .select(["name", "deprecated"])
    .where(sql<boolean>`deprecated <> '{}'::jsonb`)
    .execute();
  return new Map(rows.map(({ name, deprecated }) => [name, deprecated]));
}
