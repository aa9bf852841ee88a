import { assertNever } from "#domain/assert-never.ts";
import { changeText, levelText } from "#domain/canary/metric-text.ts";
import type { CanaryConclusion, ScriptCanary } from "#domain/canary/pull-request-canaries.ts";
import { courseOf, type Run, type RunEnd } from "#domain/canary/run.ts";
import type { MetricVerdict, Missing, RunVerdict } from "#domain/canary/verdict.ts";
import { duration } from "./times.ts";

/** The one line about a script's canary, readable as the subject of a mail. Plain text: names are not quoted. */
export function canaryLine(canary: ScriptCanary, nowMs: number): string {
  switch (canary.kind) {
    case "notNeeded":
      return `✅ Valid · no canary: ${canary.reason}`;
    case "awaitsCommand":
      return `🟠 Waits for a maintainer's /canary · ${canary.reason}`;
    case "run":
      return runLine(canary.run, canary.isReused, nowMs);
    default:
      return assertNever(canary);
  }
}

function runLine(run: Run, isReused: boolean, nowMs: number): string {
  const { phase } = run;
  switch (phase.kind) {
    case "queued":
      return `🕒 Canary waits · ${queuedWords(phase.behind)}`;
    case "starting":
      return `🟡 Canary starting · ${run.script}@${run.version}`;
    case "running": {
      const { startedAtMs, expiresAtMs } = phase.course;
      const [passedMs, wholeMs] = [Math.max(0, nowMs - startedAtMs), expiresAtMs - startedAtMs];
      const soFar = phase.verdict?.reason.replace(/\.$/, "") ?? "no regression so far";
      const words = soFar.charAt(0).toLowerCase() + soFar.slice(1);
      return `🟡 Canary running · ${run.script}@${run.version} · ${duration(passedMs)} of ${duration(wholeMs)} · ${words}`;
    }
    case "ended": {
      const again = isReused ? " · the same bytes were tried before" : "";
      return `${endLine(phase.end, phase.verdict, phase.serving?.crashes[0]?.message ?? null)}${again}`;
    }
    default:
      return assertNever(phase);
  }
}

type Behind = Extract<Run["phase"], { kind: "queued" }>["behind"];

function queuedWords(behind: Behind): string {
  switch (behind?.kind) {
    case undefined:
      return "it is about to start";
    case "run":
      return behind.pull === null ? "another canary of this script runs" : `the one of #${behind.pull} runs`;
    case "rollout":
      return "a rollout of this script is on its way";
    case "stopped":
      return behind.reason;
    default:
      return assertNever(behind);
  }
}

function endLine(end: RunEnd, verdict: RunVerdict | null, crash: string | null): string {
  switch (end.kind) {
    case "judged":
      return verdict === null ? "⚪ Not enough evidence · nothing was measured" : verdictLine(verdict, crash);
    case "stopped":
      return `🟠 Canary stopped by ${end.by} · no verdict`;
    case "closed":
      return "⚪ Canary ended · the pull request was closed";
    case "merged":
      return "⚪ Canary ended · the pull request was merged before a verdict";
    case "newPush":
      return "⚪ Canary ended · there was a new push";
    case "rolloutLeft":
      return `⚪ Canary ended · ${end.why}`;
    case "superseded":
      return `⚪ Canary ended · ${end.by} came first`;
    case "removed":
      return "🟠 Canary removed · its file was deleted in the fleet repository";
    case "refused":
      return `✅ Valid · no canary: ${end.reason}`;
    default:
      return assertNever(end);
  }
}

function verdictLine(verdict: RunVerdict, crash: string | null): string {
  if (verdict.phase === "running") return missingLine(verdict.missing, verdict.reason);
  const { score, metrics } = verdict;
  switch (verdict.verdict) {
    case "pass":
      return `✅ Canary passed · ${score}/100 · safe to merge`;
    case "marginal":
      return `🟠 Marginal · ${score}/100 · a person decides`;
    case "fail": {
      const first = metrics.find((metric) => metric.verdict === "fail");
      return `🔴 Canary failed · ${score}/100 · ${first ? failureWords(first, crash) : verdict.reason}`;
    }
    case "inconclusive":
      return missingLine(verdict.missing, verdict.reason);
    default:
      return assertNever(verdict);
  }
}

function missingLine({ requestsHave, requestsNeeded, aboutMs }: Missing, reason: string): string {
  if (requestsHave >= requestsNeeded) return `⚪ Not enough evidence · ${reason.replace(/\.$/, "")}`;
  const more = aboutMs === null ? "there was no traffic" : `about ${duration(aboutMs)} more at this traffic`;
  return `⚪ Not enough evidence · ${requestsHave} of ${requestsNeeded} requests; ${more}`;
}

/** The failing metric and by how much, such as "CPU a request +26%". */
function failureWords(metric: MetricVerdict, crash: string | null): string {
  if (metric.name === "crashes") return `crashes: ${crash ?? metric.reason.replace(/\.$/, "")}`;
  const { label, baseline, canary, change } = metric;
  if (change !== null) return `${label} ${changeText(change)}`;
  return `${label} ${levelText(metric, baseline)} → ${levelText(metric, canary)}`;
}

/** The gravest of all scripts; anything under way comes first, for nothing is decided before it is over. */
export function canaryConclusion(canaries: readonly ScriptCanary[]): CanaryConclusion {
  const all = new Set(canaries.map(conclusionOf));
  for (const conclusion of ["running", "failure", "actionRequired"] as const)
    if (all.has(conclusion)) return conclusion;
  return "success";
}

function conclusionOf(canary: ScriptCanary): CanaryConclusion {
  switch (canary.kind) {
    case "notNeeded":
      return "success";
    case "awaitsCommand":
      return "actionRequired";
    case "run":
      return runConclusion(canary.run);
    default:
      return assertNever(canary);
  }
}

function runConclusion({ phase }: Run): CanaryConclusion {
  if (phase.kind !== "ended") return "running";
  if (phase.end.kind === "refused") return "success";
  if (phase.end.kind !== "judged" || phase.verdict?.phase !== "decided") return "actionRequired";
  switch (phase.verdict.verdict) {
    case "pass":
      return "success";
    case "fail":
      return "failure";
    case "marginal":
    case "inconclusive":
      return "actionRequired";
    default:
      return assertNever(phase.verdict);
  }
}

/** The verdict to show: of the last look, if there was one. */
export function shownVerdict({ phase }: Run): RunVerdict | null {
  return phase.kind === "running" || phase.kind === "ended" ? phase.verdict : null;
}

/** Where and how long a run went or goes; null while it waits. */
export function courseWords(run: Run): string | null {
  const course = courseOf(run.phase);
  if (course === null) return null;
  const { sharePct, regions, startedAtMs, expiresAtMs } = course;
  return `${sharePct}% of the requests each for canary and baseline in ${regions.join(", ")}, at most ${duration(expiresAtMs - startedAtMs)}`;
}
