import { assertNever } from "#domain/assert-never.ts";
import { newRun } from "#domain/canary/pull-request-canaries.ts";
import type { PullRequest, Repository } from "#domain/ports.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { CommandResult } from "./run-command.ts";

const runsLookedAt = 100;

/** What somebody wants of the canaries of a pull request. `headSha` is what the person saw; null when it is not known. */
export interface CanaryWish {
  readonly login: string;
  readonly askedAtMs: number;
  readonly headSha: string | null;
}

/** Tries the scripts of an open pull request, once more where they were tried before. */
export async function startCanaries(
  { records, queue }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  scripts: readonly string[],
  wish: CanaryWish,
): Promise<CommandResult> {
  const findings = (await records.findPullRequest(repository.id, pull.number))?.findings;
  if (pull.state !== "open" || findings?.kind !== "valid")
    return { ok: false, answer: "There is nothing to try: only an open pull request that is valid can be." };
  const known = await records.listCanaryRunsOfPullRequest(
    { repositoryId: repository.id, pull: pull.number },
    runsLookedAt,
  );
  let started = 0;
  for (const script of findings.scripts) {
    const name = `${script.name}@${script.version}` as const;
    if (!scripts.includes(name)) continue;
    const of = { repositoryId: repository.id, pull: pull.number, headSha: pull.head.sha };
    // Named by when it was asked for, so that a wish that is obeyed twice asks for one run.
    const run = newRun({ ...of, nowMs: wish.askedAtMs }, script, "demand");
    if (run === null) continue;
    started += 1;
    const isUnderWay = known.some(
      ({ phase, candidate, stop }) =>
        phase.kind !== "ended" && stop === null && candidate.digest === run.candidate.digest,
    );
    if (isUnderWay) continue;
    await records.requestCanaryRun(run);
    await queue.wake([`canary:${name}`]);
  }
  if (started > 0) return { ok: true, answer: null };
  return { ok: false, answer: "None of its scripts has a stable revision to be compared with." };
}

/** Ends the canaries of a pull request without a verdict. */
export async function stopCanaries(
  { records, queue }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  scripts: readonly string[],
  { login }: CanaryWish,
): Promise<CommandResult> {
  const of = { repositoryId: repository.id, pull: pull.number };
  for (const run of await records.listCanaryRunsOfPullRequest(of, runsLookedAt)) {
    const name = `${run.script}@${run.version}` as const;
    if (run.phase.kind === "ended" || !scripts.includes(name)) continue;
    await records.stopCanaryRun(run.id, { kind: "stopped", by: `@${login}` });
    await queue.wake([`canary:${name}`]);
  }
  return { ok: true, answer: null };
}

/** Merges exactly what the person saw; the rollout follows by itself. */
export async function mergeSeen(
  { host }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
  { headSha }: CanaryWish,
): Promise<CommandResult> {
  if (headSha === null)
    return {
      ok: false,
      answer:
        "Use the button on the check, which names a commit; or merge it. It rolls out once it is merged.",
    };
  const outcome = await host.mergePullRequest(repository, pull.number, headSha);
  switch (outcome) {
    case "merged":
      return { ok: true, answer: null };
    case "moved":
      return { ok: false, answer: "There was another push since then, so it was not merged." };
    case "refused":
      return {
        ok: false,
        answer: "GitHub refuses the merge: the branch's rules or a conflict stand against it.",
      };
    default:
      return assertNever(outcome);
  }
}
