import type { Context } from "probot";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** A push wakes its repository; whether it matters is found by comparing. */
export function pushKeys(payload: Context<"push">["payload"]): ReconcileKey[] {
  return [`repo:${payload.repository.id}`];
}
