import { createHash } from "node:crypto";
import { assertNever } from "#domain/assert-never.ts";
import { isInForce } from "#domain/operations/stops-in-force.ts";
import type { GitMirror, PullRequest, Repository } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { CanaryConclusion } from "#domain/canary/pull-request-canaries.ts";
import { plansAsTried } from "#domain/pull-request/plans-as-tried.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import { canaryCheck, canaryComment, hasCanary } from "#app/presentation/canary-check.ts";
import { canaryConclusion } from "#app/presentation/canary-words.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import { openButtons } from "#app/commands/check-buttons.ts";
import { handleCommands } from "#app/commands/handle-commands.ts";
import { rolloutCheck } from "#app/presentation/rollout-check.ts";
import { findingsComment, rolloutComment } from "#app/presentation/sticky-comment.ts";
import { stopsNote } from "#app/presentation/stops-note.ts";
import { pendingCheck, pullRequestCheck } from "#app/presentation/pull-request-check.ts";
import { assessPullRequest } from "./assess-pull-request.ts";
import { checkId } from "./check-id.ts";
import type { ReconcilerContext } from "./context.ts";
import { endAllChecks, endEarlierChecks } from "./end-checks.ts";
import { revertBranch } from "./propose-revert.ts";
import { endTries, tryPullRequest } from "./pull-request-tries.ts";
import { wakeCampaigns } from "./wake-campaigns.ts";

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
  await handleCommands(context, repository, pull);
  const afterMs = await converge(context, repository, pull);
  await wakeCampaigns(context, repository, pull);
  return afterMs;
}

async function converge(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<number | null> {
  const { number } = pull;
  switch (pull.state) {
    case "open":
      return reportFindings(context, repository, pull);
    case "merged":
      await endTries(context, repository.id, number, { kind: "merged" });
      await forget(context, pull, repository.id);
      await reportRollouts(context, repository, pull);
      return null;
    case "closed":
      await endTries(context, repository.id, number, { kind: "closed" });
      await endAllChecks(context, repository, pull);
      await forget(context, pull, repository.id);
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
  const fleet = await context.fleet.current();
  const known = await context.records.findPullRequest(repository.id, pull.number);
  const isSame = known?.inputsHash === inputsHash(pull, fleet, known?.scripts ?? []);
  const findings =
    known?.findings && isSame ? known.findings : await assess(context, repository, pull, fleet);
  if (findings === null) return null;
  const canary = await report(context, repository, pull, findings);
  if (known?.findings && isSame && known.canary === canary) return null;
  const { number, title, url } = pull;
  const scripts = affectedNames(findings);
  await context.records.upsertPullRequest({
    repositoryId: repository.id,
    number,
    title,
    url,
    verdict: findings.kind === "invalid" ? "invalid" : "valid",
    scripts,
    inputsHash: inputsHash(pull, fleet, scripts),
    findings,
    canary,
  });
  const atMs = context.clock.now();
  await context.records.appendEvent({ atMs, type: "change", data: { pullRequest: number } });
  return isOfTestMerge(findings, pull) ? null : testMergeRetryMs;
}

/**
 * What findings depend on. The times in a plan differ at every look, so one is made once for each state of head, base,
 * fleet and what is stable of the scripts that are touched.
 */
function inputsHash(pull: PullRequest, fleet: FleetSnapshot | null, scripts: readonly string[]): string {
  const stables = [...(fleet?.releases ?? [])].map(([region, ofRegion]) => [
    region,
    ...scripts.map((key) => ofRegion.get(key)?.stable?.digest ?? null),
  ]);
  const inputs = [pull.head.sha, pull.base.sha, pull.mergeCommit, fleet?.fleetText, stables];
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

async function assess(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  fleet: FleetSnapshot | null,
): Promise<PullRequestFindings | null> {
  const { records, host, clock } = context;
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  return assessPullRequest(
    {
      mirror,
      pull,
      commit: (await testMergeOf(mirror, pull)) ?? pull.head.sha,
      fleet,
      isFleetRepository: repository.fullName === context.fleetRepository,
      repositoryId: repository.id,
      changedFiles: await host.changedFiles(repository, pull.number),
      nodes: await records.listNodes(),
      manifests: context.manifests,
      builder: context.builder,
      clock,
      records,
    },
    async () =>
      void (await host.upsertCheckRun(
        repository,
        pendingCheck(pull.head.sha, checkId(repository, pull.number, pull.head.sha)),
      )),
  );
}

/** Writes check run and comment, and says how the canaries stand; null where nothing is tried. */
async function report(
  context: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  findings: PullRequestFindings,
): Promise<CanaryConclusion | null> {
  const { host } = context;
  const externalId = checkId(repository, pull.number, pull.head.sha);
  const scripts = findings.kind === "valid" && isOfTestMerge(findings, pull) ? findings.scripts : [];
  const shown = await tryPullRequest(context, repository, pull, scripts);
  await endEarlierChecks(context, repository, pull);
  const tried = findings.kind === "valid" && hasCanary(shown) ? plansAsTried(findings, shown.canaries) : null;
  const fleet = await context.fleet.current();
  const names = affectedNames(findings);
  const stops = fleet === null ? [] : stopsNote(fleet, names, context.clock.now());
  const check = tried
    ? canaryCheck(tried, shown, pull.head.sha, externalId)
    : pullRequestCheck(findings, pull.head.sha, externalId);
  const isPaused = names.some((name) => fleet?.holds.get(name)?.mode === "pause");
  const actions =
    check.actions.length > 0 || names.length === 0
      ? check.actions
      : openButtons(isPaused, isAnyFrozen(fleet, names, context.clock.now()));
  const summary = [...stops, check.summary].join("\n\n");
  await host.upsertCheckRun(repository, { ...check, summary, actions });
  const comment = tried ? canaryComment(tried, shown) : findingsComment(findings);
  if (comment !== null) {
    const noted = [comment, ...stops.map((line) => `> ${line}`)].join("\n\n");
    await host.upsertComment(repository, pull.number, commentMarker, noted);
  }
  return tried ? canaryConclusion(shown.canaries) : null;
}

/** Whether one of these scripts is frozen by itself: not with its group, its region or the fleet. */
function isAnyFrozen(fleet: FleetSnapshot | null, names: readonly string[], nowMs: number): boolean {
  const freezes = names.map((name) => fleet?.freezes.get(`script:${name.split("@")[0]}`));
  return freezes.some((freeze) => freeze !== undefined && isInForce(freeze, nowMs));
}

/** Whether what was looked at is the merge, not the bare head: only that may be tried. */
function isOfTestMerge(findings: PullRequestFindings, { head }: PullRequest): boolean {
  if (findings.kind !== "valid") return true;
  return findings.scripts.every(
    ({ change }) =>
      change.kind !== "rollout" ||
      change.canary.kind === "none" ||
      change.canary.candidate.commit !== head.sha,
  );
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
  const { records, host, publicUrl } = context;
  const rollouts = await records.listRolloutsOfPullRequest(repository.id, pull.number);
  const [first, ...others] = rollouts;
  if (!first) return;
  const body = rolloutComment(rollouts, publicUrl, await revertsOf(context, repository, rollouts));
  await host.upsertComment(repository, pull.number, commentMarker, body);
  const check = rolloutCheck(
    [first, ...others],
    pull.head.sha,
    checkId(repository, pull.number, pull.head.sha),
  );
  await host.upsertCheckRun(repository, check);
}

/** The open pull requests that take rolled back revisions out of the branch, by rollout. */
async function revertsOf(
  { host }: ReconcilerContext,
  repository: Repository,
  rollouts: readonly RolloutRecord[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const back = rollouts.filter(({ state }) => state.phase.kind === "rolledBack");
  if (back.length === 0) return found;
  const open = await host.openPullRequests(repository);
  for (const { id, script, version, commit } of back) {
    const branch = revertBranch(script, version, commit);
    const revert = open.find(({ head }) => head.branch === branch && head.repositoryId === repository.id);
    if (revert) found.set(id, revert.number);
  }
  return found;
}
