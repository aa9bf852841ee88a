import type { Executor } from "./database.ts";
import { keepNewest } from "./keep-newest.ts";

/** Something we made elsewhere, such as a comment or a deployment. */
export interface EffectRecord {
  /** Its identity, ours to choose: the same effect has the same key on every replica and after every restart. */
  readonly key: string;
  /** What the other side calls it. */
  readonly remoteId: string;
  /** Of what we last wrote, to leave it alone when nothing changed. */
  readonly contentHash: string;
  readonly updatedAtMs: number;
}

const keptMax = 100_000;

/** null when it was never made, or is forgotten: then it is looked for on the other side. */
export async function findEffect(db: Executor, key: string): Promise<EffectRecord | null> {
  const row = await db
    .selectFrom("effects")
    .select(["key", "remote_id as remoteId", "content_hash as contentHash", "updated_at as updatedAtMs"])
    .where("key", "=", key)
    .executeTakeFirst();
  return row ?? null;
}

export async function recordEffect(db: Executor, effect: EffectRecord): Promise<void> {
  const values = {
    remote_id: effect.remoteId,
    content_hash: effect.contentHash,
    updated_at: new Date(effect.updatedAtMs),
  };
  await db
    .insertInto("effects")
    .values({ key: effect.key, ...values })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
}

/** Forgets all but the latest 100,000. */
export async function pruneEffects(db: Executor): Promise<void> {
  await keepNewest(db, "effects", "updated_at", keptMax);
}
