import type { GitMirror } from "#domain/ports.ts";
import { pullRequestCheck } from "#app/presentation/pull-request-check.ts";
import { assessPullRequest } from "./assess-pull-request.ts";
import type { ReconcilerContext } from "./context.ts";

/**
 * Tells a merge queue whether what it is about to merge is valid: the manifests are checked and the merge is built, as
 * for a pull request. It is not tried once more, since its pull requests were, and bytes that differ from theirs are
 * tried in the first wave of their rollout.
 */
export async function reconcileMergeGroup(
  context: ReconcilerContext,
  repositoryId: number,
  headSha: string,
): Promise<void> {
  const { records, host, clock, manifests, builder } = context;
  const repository = await records.findRepository(repositoryId);
  if (!repository || repository.removedAtMs !== null) return;
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  const base = await mirror.resolve(`refs/heads/${repository.defaultBranch}`);
  // The queue has given the group up, or merged it.
  if (base === null || !(await mirror.has(headSha)) || (await mirror.isAncestor(headSha, base))) return;
  const findings = await assessPullRequest(
    {
      mirror,
      pull: { base: { sha: base }, head: { repositoryId } },
      commit: headSha,
      fleet: await context.fleet.current(),
      isFleetRepository: repository.fullName === context.fleetRepository,
      repositoryId,
      changedFiles: await differences(mirror, base, headSha),
      nodes: await records.listNodes(),
      manifests,
      builder,
      clock,
      records,
    },
    () => Promise.resolve(),
  );
  const check = pullRequestCheck(
    findings ?? { kind: "unaffected" },
    headSha,
    `queue:${repositoryId}@${headSha}`,
  );
  await host.upsertCheckRun(repository, check);
}

/** Paths that are not the same in both commits. */
async function differences(mirror: GitMirror, a: string, b: string): Promise<string[]> {
  const [before, after] = [await mirror.list(a, "."), await mirror.list(b, ".")];
  const ids = new Map(before.map(({ path, id }) => [path, id]));
  const changed = after.filter(({ path, id }) => ids.get(path) !== id).map(({ path }) => path);
  const kept = new Set(after.map(({ path }) => path));
  return [...changed, ...before.map(({ path }) => path).filter((path) => !kept.has(path))];
}
