import { assertNever } from "#domain/assert-never.ts";
import type { Run, RunPhase } from "#domain/canary/run.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import type { Revision, RolloutInput } from "./rollout-input.ts";

/** A run that others cut short is begun again so often before a person is asked. */
const cutShortMax = 5;
/** With `onTooLittleData: extend`, one more run follows one without a verdict. */
const inconclusiveMax = 2;

/** Whether a rollout's first wave may begin, as far as trying the revision first is concerned. */
export type FirstWaveCanary =
  /** The manifest does not want one, there is nothing to compare with, or the wave has begun. */
  | { readonly kind: "notAsked" }
  | { readonly kind: "passed" }
  /** There was too little data, and the manifest goes on then. */
  | { readonly kind: "unproven" }
  /** To be asked for, or under way. */
  | { readonly kind: "wanted"; readonly run: Run }
  | { readonly kind: "failed"; readonly run: Run; readonly verdict: RunVerdict }
  /** A person decides. */
  | { readonly kind: "undecided"; readonly run: Run; readonly reason: string };

interface EndedRun {
  readonly run: Run;
  readonly phase: Extract<RunPhase, { kind: "ended" }>;
}

/**
 * Compares what the manifest asks for with the runs of the target. A pass against what the first wave runs now counts
 * wherever it was won, unless the manifest says `always`; everything else counts only since `startedAtMs`, when this
 * try of the rollout began, so that a revision that a person lets try again is tried again.
 */
export function firstWaveCanary(
  input: RolloutInput,
  firstWave: readonly string[],
  startedAtMs: number,
): FirstWaveCanary {
  const { target, releases } = input;
  const { canary } = input.manifest;
  if (canary === null || canary.atRollout === "never") return { kind: "notAsked" };
  const isTarget = (revision: Revision | undefined) => revision?.digest === target.digest;
  if ([...releases.values()].some(({ next, stable }) => isTarget(next) || isTarget(stable)))
    return { kind: "notAsked" };
  const baseline = firstWave.map((region) => releases.get(region)?.stable).find((stable) => stable);
  if (baseline === undefined) return { kind: "notAsked" };
  const runs = input.canaryRuns.filter(({ candidate }) => candidate.digest === target.digest);
  const open = runs.find(({ phase, cause, stop }) => isOpen(phase) && cause === "rollout" && stop === null);
  if (open) return { kind: "wanted", run: open };
  const ended = runs
    .flatMap((run): EndedRun[] => (run.phase.kind === "ended" ? [{ run, phase: run.phase }] : []))
    .toSorted((a, b) => b.phase.endedAtMs - a.phase.endedAtMs);
  const ofThisTry = ended.filter(
    ({ run, phase }) => run.cause === "rollout" && phase.endedAtMs >= startedAtMs,
  );
  const mayPass = canary.atRollout === "always" ? ofThisTry : ended;
  if (mayPass.some(({ phase }) => hasPassed(phase, baseline))) return { kind: "passed" };
  return afterRuns(ofThisTry, baseline, input.manifest.rollout.bake.onTooLittleData, () =>
    newRun(input, canary, firstWave),
  );
}

/** What the runs of this try, newest first, none of which has passed, come to. */
function afterRuns(
  runs: readonly EndedRun[],
  baseline: Revision,
  onTooLittleData: "hold" | "extend" | "proceed",
  another: () => Run,
): FirstWaveCanary {
  const [last] = runs;
  if (last === undefined) return { kind: "wanted", run: another() };
  const { run, phase } = last;
  const { end, verdict } = phase;
  switch (end.kind) {
    case "judged": {
      // What it was compared with is not what runs there any more.
      if (phase.course?.baseline.digest !== baseline.digest) return { kind: "wanted", run: another() };
      if (verdict?.phase === "decided" && verdict.verdict === "fail") return { kind: "failed", run, verdict };
      const reason = verdict?.reason ?? "Nothing was measured.";
      if (verdict?.phase === "decided" && verdict.verdict === "marginal")
        return { kind: "undecided", run, reason: `its canary is marginal, ${verdict.score}/100: ${reason}` };
      if (onTooLittleData === "proceed") return { kind: "unproven" };
      const tries = runs.filter((one) => one.phase.end.kind === "judged").length;
      if (onTooLittleData === "extend" && tries < inconclusiveMax) return { kind: "wanted", run: another() };
      return { kind: "undecided", run, reason: `its canary has no verdict: ${reason}` };
    }
    case "refused":
      return { kind: "notAsked" };
    case "removed":
      return {
        kind: "undecided",
        run,
        reason: "its canary was taken out of the fleet repository by somebody",
      };
    case "stopped":
      return { kind: "undecided", run, reason: `its canary was stopped by ${end.by}` };
    case "superseded": {
      const times = runs.filter((one) => one.phase.end.kind === "superseded").length;
      return times < cutShortMax
        ? { kind: "wanted", run: another() }
        : { kind: "undecided", run, reason: `its canary was cut short ${times} times, at last by ${end.by}` };
    }
    case "rolloutLeft":
    case "closed":
    case "merged":
    case "newPush":
      return { kind: "wanted", run: another() };
    default:
      return assertNever(end);
  }
}

function newRun(
  { manifest, target, source, nowMs }: RolloutInput,
  policy: Run["policy"],
  firstWave: readonly string[],
): Run {
  const { name, version } = manifest;
  return {
    id: `${name}@${version}-${target.commit.slice(0, 7)}-${nowMs.toString(36)}`,
    script: name,
    version,
    repositoryId: source.repoId,
    pull: null,
    headSha: target.commit,
    cause: "rollout",
    candidate: { digest: target.digest, commit: target.commit },
    policy: { ...policy, regions: firstWave },
    requestedAtMs: nowMs,
    stop: null,
    phase: { kind: "queued", behind: null },
  };
}

function hasPassed({ end, verdict, course }: EndedRun["phase"], baseline: Revision): boolean {
  return (
    end.kind === "judged" &&
    verdict?.phase === "decided" &&
    verdict.verdict === "pass" &&
    course?.baseline.digest === baseline.digest
  );
}

function isOpen({ kind }: RunPhase): boolean {
  return kind !== "ended";
}
