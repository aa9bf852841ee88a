import type { Executor, StoredBuildOutcome } from "./database.ts";
import { recordInventory } from "./inventory.ts";
import { jsonText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";

const keptMax = 20_000;

/** What became of a build key (docs/adr/0003-builds-are-keyed-by-tree.md); null when it was never built or is forgotten. */
export async function findBuild(db: Executor, key: string): Promise<StoredBuildOutcome | null> {
  const row = await db.selectFrom("builds").select("outcome").where("key", "=", key).executeTakeFirst();
  return row?.outcome ?? null;
}

/** Builds are deterministic, so the latest outcome of a key may replace an earlier one. What it contains goes into the inventory. */
export async function recordBuild(
  db: Executor,
  build: { readonly key: string; readonly outcome: StoredBuildOutcome; readonly builtAtMs: number },
): Promise<void> {
  const values = { outcome: jsonText(build.outcome), built_at: new Date(build.builtAtMs) };
  await db
    .insertInto("builds")
    .values({ key: build.key, ...values })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
  // Twice is once: after a crash in between, the build is asked for and recorded again before it is served.
  if (build.outcome.kind === "built") {
    await recordInventory(db, build.outcome.digest, build.outcome.libraries);
  }
}

/** Forgets all but the latest 20,000: a forgotten one is built again, to the same digest. */
export async function pruneBuilds(db: Executor): Promise<void> {
  await keepNewest(db, "builds", "built_at", keptMax);
}
