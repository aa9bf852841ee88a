import type { RevisionOrigin } from "#domain/operations/operation-facts.ts";
import { changeTrailer } from "#app/reconciler/reconcile-change.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { GitMirror } from "#domain/ports.ts";

/**
 * What a script's repository says of its revisions' commits, by commit. Changes are those that the newest hundred
 * commits up to the merged one name. Commits that the repository does not have any more are left out.
 */
export async function revisionOrigins(
  { records, mirrorOf }: Pick<ReconcilerContext, "records" | "mirrorOf">,
  script: string,
  version: string,
  commits: Iterable<string>,
): Promise<Map<string, RevisionOrigin>> {
  const origins = new Map<string, RevisionOrigin>();
  const found = await records.findScript(script, version);
  const repository = found && (await records.findRepository(found.repositoryId));
  if (!repository) return origins;
  const mirror = mirrorOf(repository);
  if (!(await mirror.has(found.commit))) await mirror.sync();
  const named = await mirror.trailers(null, found.commit, changeTrailer);
  for (const commit of new Set(commits)) {
    if (await mirror.has(commit)) origins.set(commit, await originOf(mirror, commit, found.commit, named));
  }
  return origins;
}

async function originOf(
  mirror: GitMirror,
  commit: string,
  head: string,
  named: readonly string[],
): Promise<RevisionOrigin> {
  const later = new Set(await mirror.trailers(commit, head, changeTrailer));
  const changes = named.filter((change) => !later.has(change));
  return { changes, mergedAtMs: await mirror.committedAtMs(commit) };
}
