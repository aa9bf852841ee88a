import type { Context } from "probot";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** "Re-run" on one of our checks looks at its pull requests again. */
export function checkRunKeys(payload: Context<"check_run">["payload"]): ReconcileKey[] {
  if (payload.action !== "rerequested") return [];
  return payload.check_run.pull_requests.map(
    (pull): ReconcileKey => `pr:${payload.repository.id}#${pull.number}`,
  );
}
