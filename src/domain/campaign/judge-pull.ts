import { assertNever } from "../assert-never.ts";
import type { Run } from "../canary/run.ts";
import type { RunVerdict } from "../canary/verdict.ts";
import type { PlannedScript, PullRequestFindings } from "../pull-request/pull-request-findings.ts";
import type { UnitJudged } from "./campaign-unit.ts";

type Verdict = Pick<UnitJudged, "verdict" | "score" | "reason" | "failing" | "isUnchanged">;

/** How the canaries of one pull request stand, all its scripts together. */
export type PullJudgement =
  /** It was not looked at yet. */
  | { readonly kind: "checking" }
  | { readonly kind: "trying" }
  /** Nothing of it can be compared with what runs. */
  | { readonly kind: "untried"; readonly reason: string }
  | ({ readonly kind: "judged" } & Verdict);

/**
 * The worst verdict among the scripts of a pull request, and the lowest score. `runs` are those of this pull request,
 * newest first; runs of other bytes do not count.
 */
export function judgePull(findings: PullRequestFindings | null, runs: readonly Run[]): PullJudgement {
  if (findings === null) return { kind: "checking" };
  switch (findings.kind) {
    case "unaffected":
      return { kind: "untried", reason: "it changes no script" };
    case "invalid": {
      const problem = findings.problems.find(({ severity }) => severity === "error");
      const reason = problem === undefined ? "it is not valid" : `${problem.file}: ${problem.message}`;
      return { kind: "judged", verdict: "fail", score: 0, reason, failing: "build", isUnchanged: false };
    }
    case "valid":
      return worstOf(findings.scripts.map((script) => judgeScript(script, runs)));
    default:
      return assertNever(findings);
  }
}

function judgeScript({ name, version, change }: PlannedScript, runs: readonly Run[]): PullJudgement {
  // The very bytes that run now: there is no stronger evidence.
  if (change.kind === "sameRevision") return UNCHANGED;
  const run = runs.find(
    ({ script, version: of, candidate }) =>
      script === name && of === version && candidate.digest === change.digest,
  );
  const { canary } = change;
  if (run === undefined) {
    return canary.kind === "run"
      ? { kind: "trying" }
      : { kind: "untried", reason: `${name}@${version}: ${canary.reason}` };
  }
  if (run.phase.kind !== "ended") return { kind: "trying" };
  const { end, verdict } = run.phase;
  switch (end.kind) {
    case "judged":
      return decided(verdict);
    // What came in between is over some time, and the pull request is tried again.
    case "superseded":
    case "newPush":
    case "closed":
    case "removed":
    case "rolloutLeft":
      return { kind: "trying" };
    case "merged":
      return decided(verdict);
    case "stopped":
      return inconclusive(`the canary was stopped by ${end.by}`);
    case "refused":
      return { kind: "untried", reason: `${name}@${version}: ${end.reason}` };
    default:
      return assertNever(end);
  }
}

const UNCHANGED: PullJudgement = {
  kind: "judged",
  verdict: "pass",
  score: 100,
  reason: "Nothing that runs changes.",
  failing: null,
  isUnchanged: true,
};

function decided(verdict: RunVerdict | null): PullJudgement {
  if (verdict === null || verdict.phase === "running")
    return inconclusive("the canary ended without a verdict");
  const failing = verdict.metrics.find((metric) => metric.verdict === "fail")?.label ?? null;
  return {
    kind: "judged",
    verdict: verdict.verdict,
    score: verdict.verdict === "inconclusive" ? null : verdict.score,
    reason: verdict.reason,
    failing: verdict.verdict === "pass" ? null : failing,
    isUnchanged: false,
  };
}

function inconclusive(reason: string): PullJudgement {
  return { kind: "judged", verdict: "inconclusive", score: null, reason, failing: null, isUnchanged: false };
}

const gravity = ["fail", "marginal", "inconclusive", "pass"] as const;

function worstOf(judgements: readonly PullJudgement[]): PullJudgement {
  const judged = judgements.filter((one) => one.kind === "judged");
  const failed = judged.find(({ verdict }) => verdict === "fail");
  // A failure counts before the others are through.
  if (failed === undefined && judgements.some(({ kind }) => kind === "trying")) return { kind: "trying" };
  const [worst] = judged.toSorted((a, b) => gravity.indexOf(a.verdict) - gravity.indexOf(b.verdict));
  if (worst === undefined) {
    return judgements[0] ?? { kind: "untried", reason: "it changes no script" };
  }
  const scores = judged.flatMap(({ score }) => score ?? []);
  const isWhole = worst.verdict !== "inconclusive";
  const isUnchanged = judged.length === judgements.length && judged.every((one) => one.isUnchanged);
  return { ...worst, isUnchanged, score: isWhole && scores.length > 0 ? Math.min(...scores) : null };
}
