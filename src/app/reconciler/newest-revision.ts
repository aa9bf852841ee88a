import type { GitMirror } from "#domain/ports.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";

/**
 * Of the revisions that regions have, the one merged last: a region that a rollout did not come to, or was taken back in,
 * still has an older one. Null without any; the first where history does not tell.
 */
export async function newestRevision(
  mirror: Pick<GitMirror, "has" | "isAncestor">,
  revisions: readonly Revision[],
): Promise<Revision | null> {
  let [found = null] = revisions;
  for (const revision of revisions) {
    if (found === null || revision.commit === found.commit) continue;
    if (!(await mirror.has(revision.commit)) || !(await mirror.has(found.commit))) continue;
    if (await mirror.isAncestor(found.commit, revision.commit)) found = revision;
  }
  return found;
}
