import { escapeMarkdown } from "#adapters/github/markdown.ts";
import type { CampaignCounts } from "#domain/campaign/campaign-counts.ts";
import { unitsLeft } from "#domain/campaign/campaign-counts.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";
import { assertNever } from "#domain/assert-never.ts";

/** "37 passed, 2 failed, 161 to go": what a reader of one pull request wants to know of the others. */
export function soFar(counts: CampaignCounts): string {
  const merged: Part[] = [
    [counts.shipped + counts.rollingOut, "shipped"],
    [counts.rolledBack, "rolled back"],
  ];
  return listed([...merged, ...unshipped(counts)], counts);
}

type Part = readonly [count: number, word: string];

function unshipped(counts: CampaignCounts): Part[] {
  return [
    [counts.passed, "passed"],
    [counts.marginal, "marginal"],
    [counts.failed, "failed"],
    [counts.inconclusive, "without enough evidence"],
    [counts.untried, "not tried"],
    [counts.blocked, "blocked"],
  ];
}

function listed(parts: readonly Part[], { waiting, trying }: CampaignCounts): string {
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return [...told, `${waiting + trying} to go`].join(", ");
}

/** One line: how far the campaign is. */
export function progressLine(counts: CampaignCounts): string {
  const needing = counts.units - counts.notNeeded;
  const done = counts.shipped;
  const left = unitsLeft(counts);
  const merged = `${done} of ${needing} shipped${counts.rolledBack > 0 ? `, ${counts.rolledBack} rolled back` : ""}`;
  if (left === 0) return `Done: ${merged}`;
  return `${merged}, ${left} left: ${listed([[counts.rollingOut, "rolling out"], ...unshipped(counts)], counts)}`;
}

/** How one unit stands, in words; plain text. */
export function standingWords(standing: UnitStanding): string {
  switch (standing.kind) {
    case "unseen":
      return "not looked at yet";
    case "notNeeded":
      return `not needed: ${standing.why}`;
    case "waiting":
      return "waits for its wave";
    case "checking":
      return "is being built";
    case "trying":
      return "canary under way";
    case "untried":
      return `not tried: ${standing.reason}`;
    case "blocked":
      return `blocked: ${standing.reason}`;
    case "closed":
      return "closed by a person";
    case "rollingOut":
      return "merged, rolling out";
    case "shipped":
      return "shipped";
    case "rolledBack":
      return `rolled back: ${standing.reason}`;
    case "judged": {
      const { verdict, score, reason, isUnchanged } = standing.judged;
      const points = score === null ? "" : ` · ${score}/100`;
      if (verdict === "pass" && isUnchanged) return `passed${points} · nothing that runs changes`;
      return verdict === "pass" ? `passed${points}` : `${verdictWords[verdict]}${points} · ${reason}`;
    }
    default:
      return assertNever(standing);
  }
}

const verdictWords = { marginal: "marginal", fail: "failed", inconclusive: "not enough evidence" } as const;

/** What a pull request says of the evidence for it; Markdown. */
export function evidenceText(
  standing: UnitStanding,
  counts: CampaignCounts,
  issueUrl: string | null,
): string {
  const own =
    standing.kind === "judged"
      ? `${icons[standing.judged.verdict]} Canary ${escapeMarkdown(standingWords(standing))}`
      : standing.kind === "untried"
        ? `⚪ Without a canary: ${escapeMarkdown(standing.reason)}`
        : "its canary begins by itself, and the verdict comes here";
  const link = issueUrl === null ? "" : ` ([the whole campaign](${issueUrl}))`;
  return `**Evidence**: ${own}. The campaign so far: ${soFar(counts)}${link}.`;
}

const icons = { pass: "✅", marginal: "🟠", fail: "🔴", inconclusive: "⚪" } as const;
