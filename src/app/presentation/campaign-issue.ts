import { codeSpan, escapeMarkdown, tableCell } from "#adapters/github/markdown.ts";
import { type CampaignCounts, campaignCounts, fieldOf } from "#domain/campaign/campaign-counts.ts";
import type { CampaignState } from "#domain/campaign/campaign-state.ts";
import type { UnitView } from "#app/campaign/read-campaign.ts";
import type { Campaign } from "#schemas/types.ts";
import { progressLine, standingWords } from "./campaign-words.ts";

const ROWS_MAX = 150;
const POINTS_MAX = 60;

/**
 * The one issue that follows a campaign: failures first. Its text changes only when the campaign does. `problem` says why
 * the campaign has nothing to go by.
 */
export function campaignIssueBody(
  campaign: Campaign,
  units: readonly UnitView[],
  history: CampaignState["history"],
  { publicUrl, problem }: { readonly publicUrl: string | null; readonly problem: string | null },
): string {
  const counts = campaignCounts(units.map(({ standing }) => standing));
  const parts = [
    headline(campaign, counts),
    problem === null ? "" : `> 🟠 **Nothing to go by**, so nothing is opened: ${escapeMarkdown(problem)}.`,
    stopped(campaign),
    table(counts),
    reminded(units),
    burnDown(history),
    rows(units),
    controls(campaign, publicUrl),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

export function campaignIssueTitle({ library, to, advisory }: Campaign): string {
  return `Campaign: update ${library} to ${to}${advisory === undefined ? "" : ` [security: ${advisory}]`}`;
}

function headline({ library, to, description }: Campaign, counts: CampaignCounts): string {
  const why = description === undefined ? "" : `\n\n${escapeMarkdown(description)}`;
  return `**${progressLine(counts)}** · ${codeSpan(`${library}@${to}`)}${why}`;
}

function stopped({ name, stopped: stop, supersededBy }: Campaign): string {
  if (stop?.rollback === true)
    return `> ⏪ **Taken back** by ${escapeMarkdown(stop.by)} at ${stop.at}: ${escapeMarkdown(stop.reason)}\n>\n> Scripts that are still as it shipped them go back to what they served before; nothing is opened or shipped. ${codeSpan(`showrunner campaign resume ${name}`)} lets it go on.`;
  if (supersededBy !== undefined)
    return `> ⏭️ **Superseded** by ${codeSpan(supersededBy)}, for a newer release. Its pull requests go on there.`;
  if (stop === undefined) return "";
  return `> 🔴 **Stopped** by ${escapeMarkdown(stop.by)} at ${stop.at}: ${escapeMarkdown(stop.reason)}\n>\n> Nothing is opened or shipped meanwhile. ${codeSpan(`showrunner campaign resume ${name}`)} lets it go on.`;
}

const columns = [
  ["failed", "🔴 failed"],
  ["rolledBack", "⏪ rolled back"],
  ["blocked", "🟠 blocked"],
  ["marginal", "🟠 marginal"],
  ["inconclusive", "⚪ not enough evidence"],
  ["passed", "✅ passed"],
  ["untried", "⚪ not tried"],
  ["trying", "🟡 canary under way"],
  ["waiting", "🕒 waiting"],
  ["rollingOut", "🚀 rolling out"],
  ["shipped", "✅ shipped"],
  ["closed", "⏹️ closed by a person"],
  ["notNeeded", "not needed"],
] as const;

function table(counts: CampaignCounts): string {
  const shown = columns.filter(([field]) => counts[field] > 0);
  return [
    "| state | count |",
    "| --- | --- |",
    ...shown.map(([field, words]) => `| ${words} | ${counts[field]} |`),
  ].join("\n");
}

function reminded(units: readonly UnitView[]): string {
  const count = units.filter(({ unit }) => unit.pull?.chase === "reminded").length;
  if (count === 0) return "";
  return `⏳ Owners were reminded of ${count} pull ${count === 1 ? "request that waits" : "requests that wait"} for them.`;
}

/** At least three points make a line. */
function burnDown(history: CampaignState["history"]): string {
  const points = history.slice(-POINTS_MAX);
  const [first] = points;
  if (first === undefined || points.length < 3) return "";
  const minutes = points.map(({ atMs }) => Math.round((atMs - first.atMs) / 60_000));
  return [
    "```mermaid",
    "xychart-beta",
    '  title "Left to do, by minutes since the first point"',
    `  x-axis [${minutes.join(", ")}]`,
    '  y-axis "pull requests"',
    `  line [${points.map(({ left }) => left).join(", ")}]`,
    "```",
  ].join("\n");
}

function rows(units: readonly UnitView[]): string {
  const order = columns.map(([field]) => field);
  const listed = units
    .filter(({ standing }) => standing.kind !== "notNeeded" && standing.kind !== "unseen")
    .toSorted(
      (a, b) =>
        order.indexOf(fieldOf(a.standing)) - order.indexOf(fieldOf(b.standing)) ||
        scoreOf(a) - scoreOf(b) ||
        (a.unit.repository < b.unit.repository ? -1 : 1),
    );
  if (listed.length === 0) return "";
  const more = listed.length > ROWS_MAX ? [`\nand ${listed.length - ROWS_MAX} more`] : [];
  return [
    "| pull request | branch | score | state |",
    "| --- | --- | --- | --- |",
    ...listed.slice(0, ROWS_MAX).map(row),
    ...more,
  ].join("\n");
}

function row({ unit, standing }: UnitView): string {
  const { pull, repository, base, judged } = unit;
  const name =
    pull === null ? tableCell(repository) : `[${tableCell(repository)} #${pull.number}](${pull.url})`;
  const chase = pull?.state === "open" && pull.chase === "reminded" ? " · ⏳ reminded" : "";
  return `| ${name} | ${tableCell(base)} | ${judged?.score ?? ""} | ${tableCell(standingWords(standing))}${chase} |`;
}

function scoreOf({ unit }: UnitView): number {
  return unit.judged?.score ?? 101;
}

function controls({ name, shipScore = 90 }: Campaign, publicUrl: string | null): string {
  const link = publicUrl === null ? [] : [`[The campaign's page](${publicUrl}/campaigns/${name})`];
  return [
    ...link,
    `Ship all that score ${shipScore} or more: ${codeSpan(`showrunner campaign ship ${name}`)}`,
    `Stop: ${codeSpan(`showrunner campaign stop ${name}`)}`,
    `Take back what was shipped: ${codeSpan(`showrunner campaign rollback ${name}`)}`,
  ].join(" · ");
}
