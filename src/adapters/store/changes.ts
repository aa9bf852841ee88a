import { sql } from "kysely";
import type { Executor } from "./database.ts";
import type { Channel, Notifications } from "./notifications.ts";

/** Something that watchers on any replica may want to read anew. */
export type Change =
  | { readonly kind: "event"; readonly id: number }
  | { readonly kind: "region"; readonly region: string }
  /** Some changes may have been missed: read everything. */
  | { readonly kind: "unknown" };

const changeChannel: Channel = "showrunner_change";

/** Tells all replicas, this one included, when the transaction commits. */
export async function publishChange(
  db: Executor,
  change: Exclude<Change, { kind: "unknown" }>,
): Promise<void> {
  await sql`select pg_notify(${changeChannel}, ${JSON.stringify(change)})`.execute(db);
}

/** Calls the listener for every change; returns the call that ends it. */
export function onChange(notifications: Notifications, listener: (change: Change) => void): () => void {
  return notifications.subscribe(changeChannel, (payload) =>
    listener(payload === null ? { kind: "unknown" } : parseChange(payload)),
  );
}

/** A payload of another version of Showrunner may say what we do not know. */
function parseChange(payload: string): Change {
  const [, kind, value] = /^\{"kind":"(event|region)","(?:id|region)":"?([^"}]+)"?\}$/.exec(payload) ?? [];
  if (kind === "event" && value) return { kind, id: Number(value) };
  if (kind === "region" && value) return { kind, region: value };
  return { kind: "unknown" };
}
