import type { Executor } from "./database.ts";
import { jsonText, storableText } from "./json-text.ts";
import { keepNewest } from "./keep-newest.ts";

/** An act that changed something, who or what did it, and how to take it back. */
export interface AuditRecord {
  readonly id: number;
  readonly atMs: number;
  /** A person's login, or "showrunner" for what it did by rule. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly cause: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The command that takes it back; null where there is none. */
  readonly undo: string | null;
}

const keptMax = 100_000;

export async function appendAudit(db: Executor, entry: Omit<AuditRecord, "id">): Promise<void> {
  await db
    .insertInto("audit")
    .values({
      at: new Date(entry.atMs),
      actor: storableText(entry.actor),
      action: storableText(entry.action),
      subject: storableText(entry.subject),
      cause: storableText(entry.cause),
      evidence: jsonText(entry.evidence),
      undo: entry.undo === null ? null : storableText(entry.undo),
    })
    .execute();
}

/** The latest, newest first. */
export async function listAudit(db: Executor, limit: number): Promise<AuditRecord[]> {
  return db
    .selectFrom("audit")
    .select(["id", "at as atMs", "actor", "action", "subject", "cause", "evidence", "undo"])
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Forgets all but the latest 100,000; what changed the fleet is in the fleet repository's history for good. */
export async function pruneAudit(db: Executor): Promise<void> {
  await keepNewest(db, "audit", "id", keptMax);
}
