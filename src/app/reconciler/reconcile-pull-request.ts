import { createHash } from "node:crypto";
import { assertNever } from "#domain/assert-never.ts";
import type { GitMirror, PullRequest, Repository } from "#domain/ports.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import { findingsComment, rolloutComment } from "#app/presentation/sticky-comment.ts";
import { pendingCheck, pullRequestCheck } from "#app/presentation/pull-request-check.ts";
import { assessPullRequest } from "./assess-pull-request.ts";
import type { ReconcilerContext } from "./context.ts";

/** The marker of the one comment that a pull request has. */
export const commentMarker = "rollout";

/** When to look again for a test merge that GitHub has not made yet, milliseconds. */
const testMergeRetryMs = 10_000;

/** Keeps the check run and the comment of one pull request true. Returns when to look again, null for "when woken". */
export async function reconcilePullRequest(
  context: ReconcilerContext,
  repositoryId: number,
  number: number,
): Promise<number | null> {
  const repository = await context.records.findRepository(repositoryId);
  if (!repository || repository.removedAtMs !== null) return null;
  const pull = await context.host.pullRequest(repository, number);
  if (!pull) return null;
  switch (pull.state) {
    case "open":
      return reportFindings(context, repository, pull);
    case "merged":
      await forget(context, pull, repositoryId);
      await reportRollouts(context, repository, pull);
      return null;
    case "closed":
      await forget(context, pull, repositoryId);
      return null;
    default:
      return assertNever(pull.state);
  }
}

async function forget(
  { records, clock }: ReconcilerContext,
  { number }: PullRequest,
  repositoryId: number,
): Promise<void> {
  if (!(await records.findPullRequest(repositoryId, number))) return;
  await records.deletePullRequest(repositoryId, number);
  await records.appendEvent({ atMs: clock.now(), type: "change", data: { pullRequest: number } });
}

async function reportFindings(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<number | null> {
  if (pull.base.branch !== repository.defaultBranch) return null;
  const { records, host, clock } = context;
  const fleet = await context.fleet.current();
  // The times in a plan differ at every look, so it is made once for each state of head, base and fleet.
  const inputs = JSON.stringify([pull.head.sha, pull.base.sha, pull.mergeCommit, fleet?.fleetText]);
  const inputsHash = createHash("sha256").update(inputs).digest("hex");
  const known = await records.findPullRequest(repository.id, pull.number);
  if (known?.inputsHash === inputsHash) return null;

  const externalId = `pull:${repository.id}#${pull.number}@${pull.head.sha}`;
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  const testMerge = await testMergeOf(mirror, pull);
  const findings = await assessPullRequest(
    {
      mirror,
      pull,
      commit: testMerge ?? pull.head.sha,
      fleet,
      isFleetRepository: repository.fullName === context.fleetRepository,
      changedFiles: await host.changedFiles(repository, pull.number),
      nodes: await records.listNodes(),
      manifests: context.manifests,
      builder: context.builder,
      clock,
    },
    async () => void (await host.upsertCheckRun(repository, pendingCheck(pull.head.sha, externalId))),
  );
  if (findings === null) return null;
  await host.upsertCheckRun(repository, pullRequestCheck(findings, pull.head.sha, externalId));
  const comment = findingsComment(findings);
  if (comment !== null) await host.upsertComment(repository, pull.number, commentMarker, comment);
  const { number, title, url } = pull;
  const verdict = findings.kind === "invalid" ? "invalid" : "valid";
  const scripts = affectedNames(findings);
  await records.upsertPullRequest({
    repositoryId: repository.id,
    number,
    title,
    url,
    verdict,
    scripts,
    inputsHash,
  });
  await records.appendEvent({ atMs: clock.now(), type: "change", data: { pullRequest: number } });
  return testMerge === null ? testMergeRetryMs : null;
}

/** The merge of this very head into its base; null when it conflicts, or when GitHub still shows the one of an earlier head. */
async function testMergeOf(mirror: GitMirror, { head, mergeCommit }: PullRequest): Promise<string | null> {
  if (mergeCommit === null || !(await mirror.has(mergeCommit))) return null;
  return (await mirror.isAncestor(head.sha, mergeCommit)) ? mergeCommit : null;
}

function affectedNames(findings: PullRequestFindings): readonly string[] {
  switch (findings.kind) {
    case "unaffected":
      return [];
    case "invalid":
      return findings.scripts;
    case "valid":
      return findings.scripts.map(({ name, version }) => `${name}@${version}`);
    default:
      return assertNever(findings);
  }
}

async function reportRollouts(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<void> {
  const rollouts = await context.records.listRolloutsOfPullRequest(repository.id, pull.number);
  if (rollouts.length === 0) return;
  const body = rolloutComment(rollouts, context.publicUrl);
  await context.host.upsertComment(repository, pull.number, commentMarker, body);
}
