import type { PlannedScript } from "../pull-request/pull-request-findings.ts";
import { courseOf, type Run, type RunStop } from "./run.ts";

export interface PullRequestCanariesInput {
  readonly nowMs: number;
  readonly repositoryId: number;
  readonly pull: number;
  readonly headSha: string;
  /** Scripts that the pull request changes; empty when it is not valid. */
  readonly scripts: readonly PlannedScript[];
  /** Runs of this pull request, newest first. */
  readonly runs: readonly Run[];
  /** Runs of the candidates that have ended, whatever they were for, newest first. */
  readonly others: readonly Run[];
  /** Digests that are stable somewhere, by `<script>@<version>`. */
  readonly stableDigests: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What the canaries of a pull request mean for it, all its scripts together. */
export type CanaryConclusion = "running" | "success" | "failure" | "actionRequired";

/** How one script of a pull request stands. */
export type ScriptCanary =
  | { readonly kind: "notNeeded"; readonly name: string; readonly version: string; readonly reason: string }
  | {
      readonly kind: "awaitsCommand";
      readonly name: string;
      readonly version: string;
      readonly reason: string;
    }
  | {
      readonly kind: "run";
      readonly name: string;
      readonly version: string;
      readonly run: Run;
      /** The verdict was given for the same bytes elsewhere. */
      readonly isReused: boolean;
    };

export interface PullRequestCanaries {
  readonly requests: readonly Run[];
  readonly stops: readonly { readonly run: Run; readonly stop: RunStop }[];
  readonly shown: readonly ScriptCanary[];
}

/**
 * Which canaries an open pull request wants, which of its runs are out of date, and what to show. A run is about bytes:
 * while a push leaves the digest as it was, the run goes on, and a verdict of the same digest against the same baseline
 * is used again.
 */
export function pullRequestCanaries(input: PullRequestCanariesInput): PullRequestCanaries {
  const requests: Run[] = [];
  const shown = input.scripts.map((script): ScriptCanary => {
    const { name, version, change } = script;
    if (change.kind === "sameRevision")
      return { kind: "notNeeded", name, version, reason: "nothing that runs changes" };
    const { canary } = change;
    const found = runFor(input, name, version, change.digest);
    if (found) return { kind: "run", name, version, ...found };
    if (canary.kind === "none") return { kind: "notNeeded", name, version, reason: canary.reason };
    if (canary.kind === "onCommand") return { kind: "awaitsCommand", name, version, reason: canary.reason };
    const run = newRun(input, script, "pullRequest");
    if (run === null) return { kind: "notNeeded", name, version, reason: "nothing can be tried" };
    requests.push(run);
    return { kind: "run", name, version, run, isReused: false };
  });
  const wanted = new Set(shown.flatMap((entry) => (entry.kind === "run" ? [entry.run.id] : [])));
  const stops = input.runs
    .filter(({ id, phase, stop }) => phase.kind !== "ended" && stop === null && !wanted.has(id))
    .map((run) => ({ run, stop: { kind: "newPush" } as const }));
  return { requests, stops, shown };
}

/** A run of this candidate that is asked for; null when there is nothing to try. */
export function newRun(
  {
    nowMs,
    repositoryId,
    pull,
    headSha,
  }: Pick<PullRequestCanariesInput, "nowMs" | "repositoryId" | "pull" | "headSha">,
  { name, version, change }: PlannedScript,
  cause: Run["cause"],
): Run | null {
  if (change.kind === "sameRevision") return null;
  const tried = change.canary.kind === "none" ? change.canary.onDemand : change.canary;
  if (tried === null) return null;
  const { candidate, policy } = tried;
  return {
    id: `${name}@${version}-${candidate.commit.slice(0, 7)}-${nowMs.toString(36)}`,
    script: name,
    version,
    repositoryId,
    pull,
    headSha,
    cause,
    candidate,
    policy,
    requestedAtMs: nowMs,
    stop: null,
    phase: { kind: "queued", behind: null },
  };
}

function runFor(
  { runs, others, stableDigests }: PullRequestCanariesInput,
  name: string,
  version: string,
  digest: string,
): { readonly run: Run; readonly isReused: boolean } | null {
  const isOurs = (run: Run) =>
    run.script === name && run.version === version && run.candidate.digest === digest;
  const own = runs.find(isOurs);
  const stable = stableDigests.get(`${name}@${version}`) ?? new Set();
  if (own && !isOutdated(own, stable)) return { run: own, isReused: false };
  const other = others.find((run) => isOurs(run) && isConclusive(run) && !isOutdated(run, stable));
  return other ? { run: other, isReused: true } : null;
}

/** A run that something else cut short, or whose baseline is stable nowhere any more, says nothing about this merge. */
function isOutdated({ phase }: Run, stable: ReadonlySet<string>): boolean {
  if (phase.kind !== "ended") return false;
  if (phase.end.kind === "superseded" || phase.end.kind === "newPush" || phase.end.kind === "closed")
    return true;
  const course = courseOf(phase);
  return course !== null && !stable.has(course.baseline.digest);
}

function isConclusive({ phase }: Run): boolean {
  if (phase.kind !== "ended" || phase.end.kind !== "judged") return false;
  return phase.verdict?.phase === "decided" && phase.verdict.verdict !== "inconclusive";
}
