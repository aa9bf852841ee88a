import type { Context } from "probot";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** A merge queue wants to know whether what it is about to merge may be merged. */
export function mergeGroupKeys(payload: Context<"merge_group.checks_requested">["payload"]): ReconcileKey[] {
  const { repository, merge_group: group } = payload;
  return repository === undefined ? [] : [`queue:${repository.id}@${group.head_sha}`];
}
