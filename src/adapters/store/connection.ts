import type { Kysely } from "kysely";
import type { Database } from "./database.ts";
import type { Notifications } from "./notifications.ts";

/** An open database: what both kinds have in common. */
export interface Connection {
  readonly db: Kysely<Database>;
  readonly notifications: Notifications;
  close(): Promise<void>;
}

/** The store cannot be opened, and why; trying again helps only when the message's cause is gone. */
export class StoreUnusableError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "StoreUnusableError";
  }
}

/** First line of an error's message. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
