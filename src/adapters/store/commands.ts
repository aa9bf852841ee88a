import { sql } from "kysely";
import type { CommandSource, Executor } from "./database.ts";
import { jsonText, storableText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";

/** A comment or a button on a pull request that may ask for something. */
export interface CommandRecord {
  /** `comment:<GitHub's id>`, or `button:<delivery GUID>`: the same for every delivery of the same wish. */
  readonly id: string;
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly source: CommandSource;
  readonly receivedAtMs: number;
}

const keptMs = 30 * 86_400_000;
const keptMax = 100_000;

/** Remembers a wish once, and says whether it is new; one that is known already, handled or not, stays as it is. */
export async function recordCommand(db: Executor, command: CommandRecord): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("commands")
    .values({
      id: command.id,
      repo_id: command.repositoryId,
      pull_number: command.pullNumber,
      source: jsonText(command.source),
      received_at: new Date(command.receivedAtMs),
      handled_at: null,
      outcome: null,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows !== 0n;
}

/** Those of a pull request that were not handled yet, in the order in which they came. */
export async function listOpenCommands(
  db: Executor,
  repositoryId: number,
  pullNumber: number,
): Promise<CommandRecord[]> {
  return db
    .selectFrom("commands")
    .select([
      "id",
      "repo_id as repositoryId",
      "pull_number as pullNumber",
      "source",
      "received_at as receivedAtMs",
    ])
    .where("repo_id", "=", repositoryId)
    .where("pull_number", "=", pullNumber)
    .where("handled_at", "is", null)
    .orderBy("received_at")
    .orderBy("id")
    .execute();
}

/** `outcome` is for people who look into the store. */
export async function markCommandHandled(
  db: Executor,
  id: string,
  outcome: string,
  nowMs: number,
): Promise<void> {
  await db
    .updateTable("commands")
    .set({ handled_at: new Date(nowMs), outcome: storableText(outcome) })
    .where("id", "=", id)
    .execute();
}

/** Forgets commands older than 30 days, and all but the latest 100,000. */
export async function pruneCommands(db: Executor, nowMs: number): Promise<void> {
  await sql`delete from commands where received_at < ${new Date(nowMs - keptMs)}`.execute(db);
  await keepNewest(db, "commands", "received_at", keptMax);
}
