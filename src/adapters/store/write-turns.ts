import { type WritePace, nextWriteAtMs, recentWrites } from "#domain/campaign/pacing.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";
import { transact } from "./transact.ts";

/**
 * Takes the next turn of writing to GitHub as an account, and tells when it is (epoch milliseconds, at or after `nowMs`).
 * All replicas take turns here, so that together they keep the pace.
 */
export async function takeWriteTurn(
  db: Executor,
  account: string,
  pace: WritePace,
  nowMs: number,
): Promise<number> {
  return transact(db, async (trx) => {
    await trx
      .insertInto("write_turns")
      .values({ account, at_ms: jsonText<number[]>([]) })
      .onConflict((conflict) => conflict.column("account").doNothing())
      .execute();
    const row = await trx
      .selectFrom("write_turns")
      .select("at_ms")
      .where("account", "=", account)
      .forUpdate()
      .executeTakeFirst();
    const before = recentWrites([...(row?.at_ms ?? [])], nowMs);
    const atMs = nextWriteAtMs(before, nowMs, pace);
    await trx
      .updateTable("write_turns")
      .set({ at_ms: jsonText([...before, atMs]) })
      .where("account", "=", account)
      .execute();
    return atMs;
  });
}
