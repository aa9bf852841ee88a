import type { Context } from "probot";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** Opened, updated, retargeted, merged or closed: the pull request is compared anew. A merge also moves the repository. */
export function pullRequestKeys(payload: Context<"pull_request">["payload"]): ReconcileKey[] {
  const key: ReconcileKey = `pr:${payload.repository.id}#${payload.pull_request.number}`;
  return payload.action === "closed" ? [key, `repo:${payload.repository.id}`] : [key];
}
