import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import type { PeriodObservation } from "#domain/canary/observations.ts";
import type { ScriptCanary } from "#domain/canary/pull-request-canaries.ts";
import { courseOf, type Run } from "#domain/canary/run.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { CheckRun } from "#domain/ports.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import { canaryButtons } from "#app/commands/check-buttons.ts";
import { canaryPlots } from "./canary-plots.ts";
import { canaryReasons, canaryTable } from "./canary-table.ts";
import { canaryConclusion, canaryLine, courseWords, shownVerdict } from "./canary-words.ts";
import { longestRollout, planSummary } from "./pull-request-check.ts";
import { duration } from "./times.ts";

type Valid = Extract<PullRequestFindings, { kind: "valid" }>;

/** The canaries of one pull request, with what is drawn of them. */
export interface ShownCanaries {
  readonly canaries: readonly ScriptCanary[];
  /** By run; left out while a run is under way. */
  readonly periods: ReadonlyMap<string, readonly PeriodObservation[]>;
  readonly nowMs: number;
  /** Where people reach the dashboard; null where it is not reachable for them. */
  readonly publicUrl: string | null;
}

/** Whether there is more to say about a pull request than that it is valid. */
export function hasCanary({ canaries }: ShownCanaries): boolean {
  return canaries.some(({ kind }) => kind !== "notNeeded");
}

/** The check run of a valid pull request that is tried, or waits to be. */
export function canaryCheck(
  findings: Valid,
  shown: ShownCanaries,
  headSha: string,
  externalId: string,
): CheckRun {
  const gravest = byGravity(shown.canaries);
  const [first] = gravest;
  const more = gravest.length > 1 ? ` (and ${gravest.length - 1} more)` : "";
  const title = first === undefined ? "Valid" : `${canaryLine(first, shown.nowMs)}${more}`;
  const parts = gravest.map((canary) => scriptSummary(canary, shown));
  return {
    externalId,
    headSha,
    name: "showrunner",
    outcome: outcomeOf(shown.canaries),
    title,
    summary: [
      ...parts,
      "### After the merge",
      planSummary(findings.scripts, findings.plannedAtMs, findings.warnings),
    ].join("\n\n"),
    text: judgedText(gravest, shown),
    annotations: [],
    actions: canaryButtons(canaryConclusion(gravest) === "running"),
  };
}

/** The one comment, while canaries run and after: the gravest script first, at most 15 visible lines. */
export function canaryComment(findings: Valid, shown: ShownCanaries): string {
  const [first, ...others] = byGravity(shown.canaries);
  if (first === undefined) return "";
  const verdict = first.kind === "run" ? shownVerdict(first.run) : null;
  const rows =
    verdict === null ? [] : ["", ...canaryTable(verdict.metrics.slice(0, tableRowsMax)).split("\n")];
  const lines = [
    `**${escapeMarkdown(canaryLine(first, shown.nowMs))}**`,
    ...rows,
    ...otherLines(others, shown),
    "",
    closingLine(findings, first, shown),
  ];
  return [...lines.map((line) => `> ${line}`.trimEnd()), "", ...details(findings, shown)].join("\n");
}

/** With the header and what is around it, 15 lines are not passed. */
const tableRowsMax = 6;
const othersMax = 3;

function otherLines(others: readonly ScriptCanary[], shown: ShownCanaries): string[] {
  if (others.length === 0) return [];
  const lines = others
    .slice(0, othersMax)
    .map((canary) => `${nameOf(canary)} ${escapeMarkdown(canaryLine(canary, shown.nowMs))}`);
  const more = others.length > othersMax ? [`and ${others.length - othersMax} more scripts`] : [];
  return ["", ...lines, ...more];
}

function closingLine(findings: Valid, first: ScriptCanary, { publicUrl }: ShownCanaries): string {
  const reach = `Merging reaches every region within **${duration(longestRollout(findings))}**`;
  const parts = [
    reach,
    "`/help` for commands",
    ...(publicUrl === null ? [] : [runLink(first, publicUrl) ?? `[live view](${publicUrl}/)`]),
  ];
  return parts.join(" · ");
}

function details(findings: Valid, shown: ShownCanaries): string[] {
  const judged = byGravity(shown.canaries).map((canary) => scriptText(canary, shown));
  return [
    "<details><summary>How this was judged</summary>",
    "",
    judged.filter((text) => text !== "").join("\n\n"),
    "",
    "</details>",
    "<details><summary>The plan, wave by wave</summary>",
    "",
    planSummary(findings.scripts, findings.plannedAtMs, findings.warnings),
    "",
    "</details>",
  ];
}

function scriptSummary(canary: ScriptCanary, { nowMs }: ShownCanaries): string {
  const line = `**${nameOf(canary)}** ${escapeMarkdown(canaryLine(canary, nowMs))}`;
  const verdict = canary.kind === "run" ? shownVerdict(canary.run) : null;
  return verdict === null ? line : `${line}\n\n${canaryTable(verdict.metrics)}`;
}

/** A check run keeps the text that an update leaves out, so there always is one. */
function judgedText(canaries: readonly ScriptCanary[], shown: ShownCanaries): string {
  const texts = canaries.map((canary) => scriptText(canary, shown)).filter((text) => text !== "");
  return texts.length === 0 ? " " : ["### How it was judged", ...texts].join("\n\n");
}

/** Reasons, crashes and plots of one script; empty when nothing was judged. */
function scriptText(canary: ScriptCanary, { periods, publicUrl }: ShownCanaries): string {
  if (canary.kind !== "run") return "";
  const { run } = canary;
  const verdict = shownVerdict(run);
  const course = courseOf(run.phase);
  const words = courseWords(run);
  if (course === null || words === null) return "";
  const tried = `${nameOf(canary)} at ${codeSpan(run.candidate.commit.slice(0, 7))} against ${codeSpan(course.baseline.commit.slice(0, 7))}: ${words}.`;
  const parts = [tried];
  if (verdict !== null) {
    // What is about one metric stands beside it.
    const isOfMetric = verdict.metrics.some(({ label }) => verdict.reason.startsWith(`${label}: `));
    parts.push(isOfMetric ? "" : escapeMarkdown(verdict.reason), canaryReasons(verdict.metrics));
    parts.push(canaryPlots(verdict.metrics, periods.get(run.id) ?? [], course.windowMs));
  }
  const link = publicUrl === null ? "" : (runLink(canary, publicUrl) ?? "");
  return [...parts, ...crashLines(run), link].filter((part) => part !== "").join("\n\n");
}

/** To the run's page; null before there is a run. */
function runLink(canary: ScriptCanary, publicUrl: string): string | null {
  if (canary.kind !== "run") return null;
  return `[every plot and look](${publicUrl}/canaries/${encodeURIComponent(canary.run.id)})`;
}

function crashLines({ phase }: Run): string[] {
  const serving = phase.kind === "running" || phase.kind === "ended" ? phase.serving : null;
  const crashes = serving?.crashes.slice(0, 10) ?? [];
  if (crashes.length === 0) return [];
  const lines = crashes.map(
    ({ role, node, message }) => `- ${role} on ${codeSpan(node)}: ${escapeMarkdown(message)}`,
  );
  return [lines.join("\n")];
}

function outcomeOf(canaries: readonly ScriptCanary[]): CheckRun["outcome"] {
  const conclusion = canaryConclusion(canaries);
  switch (conclusion) {
    case "running":
      return { status: "in_progress" };
    case "success":
    case "failure":
      return { status: "completed", conclusion };
    case "actionRequired":
      return { status: "completed", conclusion: "action_required" };
    default:
      return assertNever(conclusion);
  }
}

function byGravity(canaries: readonly ScriptCanary[]): ScriptCanary[] {
  const order = ["failure", "actionRequired", "running", "success"];
  return canaries.toSorted(
    (a, b) => order.indexOf(canaryConclusion([a])) - order.indexOf(canaryConclusion([b])),
  );
}

function nameOf({ name, version }: ScriptCanary): string {
  return codeSpan(`${name}@${version}`);
}
