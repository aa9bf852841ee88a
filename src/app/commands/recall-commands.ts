import type { PullRequest, Repository } from "#domain/ports.ts";
import { commentCommands } from "#domain/pull-request/comment-commands.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

/** Webhooks that were lost longer ago than this are not made up for, milliseconds. */
const lostMsMax = 3_600_000;

/**
 * Finds commands whose webhook was lost, where one is likely: in repositories with open pull requests or rollouts under
 * way. Returns the pull requests that have some.
 */
export async function recallCommands(
  { records, host, clock }: Pick<ReconcilerContext, "records" | "host" | "clock">,
  repository: Repository,
  open: readonly PullRequest[],
): Promise<ReconcileKey[]> {
  const active = await records.listActiveRollouts();
  if (open.length === 0 && !active.some((rollout) => rollout.repositoryId === repository.id)) return [];
  const nowMs = clock.now();
  const keys = new Set<ReconcileKey>();
  for (const comment of await host.recentComments(repository, nowMs - lostMsMax)) {
    if (!comment.isPerson || comment.isEdited || !comment.url.includes("/pull/")) continue;
    if (commentCommands(comment.body).length === 0) continue;
    const isNew = await records.recordCommand({
      id: `comment:${comment.id}`,
      repositoryId: repository.id,
      pullNumber: comment.issue,
      source: { kind: "comment", commentId: comment.id },
      receivedAtMs: nowMs,
    });
    if (isNew) keys.add(`pr:${repository.id}#${comment.issue}`);
  }
  return [...keys];
}
