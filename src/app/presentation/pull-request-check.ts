import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { Annotation, CheckRun } from "#domain/ports.ts";
import type { PlannedScript, PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import { duration } from "./times.ts";

/** The check run of a pull request's head; `externalId` makes it one per pull request and head. */
export function pullRequestCheck(
  findings: PullRequestFindings,
  headSha: string,
  externalId: string,
): CheckRun {
  return { externalId, headSha, name: "showrunner", actions: [], ...content(findings) };
}

/** The same check run while the bundles are being built. */
export function pendingCheck(headSha: string, externalId: string): CheckRun {
  return {
    externalId,
    headSha,
    name: "showrunner",
    outcome: { status: "in_progress" },
    title: "Validating and building",
    summary: "Checking the manifests against the fleet and building the merge of this pull request.",
    annotations: [],
    actions: [],
  };
}

/** One line for the title of the check, and the first line of the comment. */
export function verdictLine(findings: PullRequestFindings): string {
  switch (findings.kind) {
    case "unaffected":
      return "No script is touched";
    case "invalid": {
      const errors = findings.problems.filter((problem) => problem.severity === "error");
      const first = errors[0];
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      return first ? `Not valid · ${first.message}${more}` : "Not valid";
    }
    case "valid": {
      const moving = findings.scripts.filter((script) => script.change.kind === "rollout");
      const names = moving.map((script) => `${script.name}@${script.version}`).join(", ");
      if (moving.length === 0) return "Valid · nothing that runs changes";
      return `Valid · ${names} · everywhere within ${duration(longestRollout(findings))} of the merge`;
    }
    default:
      return assertNever(findings);
  }
}

function content(
  findings: PullRequestFindings,
): Pick<CheckRun, "outcome" | "title" | "summary" | "annotations"> {
  const title = verdictLine(findings);
  switch (findings.kind) {
    case "unaffected":
      return {
        outcome: { status: "completed", conclusion: "success" },
        title,
        summary: "Nothing to do.",
        annotations: [],
      };
    case "invalid":
      return {
        outcome: { status: "completed", conclusion: "failure" },
        title,
        summary: problemList(findings.problems),
        annotations: findings.problems.map(annotation),
      };
    case "valid":
      return {
        outcome: { status: "completed", conclusion: "success" },
        title,
        summary: planSummary(findings.scripts, findings.plannedAtMs, findings.warnings),
        annotations: findings.warnings.map(annotation),
      };
    default:
      return assertNever(findings);
  }
}

/** The plan of every script as a table, times counted from the merge where no window intervenes. */
export function planSummary(
  scripts: readonly PlannedScript[],
  plannedAtMs: number,
  warnings: readonly Problem[],
): string {
  const parts = scripts.map((script) => {
    const name = codeSpan(`${script.name}@${script.version}`);
    if (script.change.kind === "sameRevision")
      return `${name} stays at revision ${codeSpan(short(script.change.digest))}.`;
    const { plan, digest } = script.change;
    const rows = plan.waves.map((wave, index) => {
      const regions = wave.regions.map((region) => codeSpan(region)).join(", ");
      return `| ${index + 1} | ${regions} | ${offset(wave.startsAtMs, plannedAtMs)} | ${offset(wave.endsAtMs, plannedAtMs)} |`;
    });
    return [
      `**${name}** becomes revision ${codeSpan(short(digest))}, in every region at the latest ${offset(plan.completesByMs, plannedAtMs)}:`,
      "",
      "| wave | regions | starts | ends at the latest |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  });
  const notes = warnings.length > 0 ? [problemList(warnings)] : [];
  return [...parts, ...notes].join("\n\n");
}

function offset(atMs: number, plannedAtMs: number): string {
  const sinceMs = atMs - plannedAtMs;
  return sinceMs <= 0 ? "at the merge" : `${duration(sinceMs)} after the merge`;
}

/** From the merge until every region serves what it changes, at the latest, milliseconds. */
export function longestRollout({
  scripts,
  plannedAtMs,
}: {
  readonly scripts: readonly PlannedScript[];
  readonly plannedAtMs: number;
}): number {
  const ends = scripts.map((script) =>
    script.change.kind === "rollout" ? script.change.plan.completesByMs : plannedAtMs,
  );
  return Math.max(plannedAtMs, ...ends) - plannedAtMs;
}

function problemList(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 50).map((problem) => {
    const fix = problem.fix === undefined ? "" : ` Fix: ${codeSpan(problem.fix)}`;
    return `- ${codeSpan(`${problem.file}:${problem.line}:${problem.column}`)} **${problem.code}** ${escapeMarkdown(problem.message)}${fix}`;
  });
  const more = problems.length > shown.length ? [`- and ${problems.length - shown.length} more`] : [];
  return [...shown, ...more].join("\n");
}

function annotation(problem: Problem): Annotation {
  return {
    path: problem.file,
    startLine: problem.line,
    endLine: problem.line,
    startColumn: problem.column,
    endColumn: problem.column,
    level: problem.severity === "error" ? "failure" : "warning",
    title: problem.code,
    message: problem.fix === undefined ? problem.message : `${problem.message}\nFix: ${problem.fix}`,
  };
}

/** "sha256:1f0c9e2d…" as its first twelve digits. */
export function short(digest: string): string {
  return digest.replace("sha256:", "").slice(0, 12);
}
