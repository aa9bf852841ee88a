import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";
import type { MergeObstacle } from "#domain/ports.ts";
import type { Campaign } from "#schemas/types.ts";
import { standingWords } from "./campaign-words.ts";

export interface ChaseTexts {
  readonly campaign: Pick<Campaign, "library" | "to">;
  readonly base: string;
  readonly standing: UnitStanding;
  readonly obstacles: readonly MergeObstacle[];
  /** "@person" and "@organisation/team" are mentioned; any other name is only written down. */
  readonly owners: readonly string[];
  /** When something last happened to it, epoch milliseconds. */
  readonly sinceMs: number;
  readonly issueUrl: string | null;
}

/** What is in the way, and what to do about it; Markdown. */
interface Line {
  readonly what: string;
  readonly todo: string;
}

const OWNERS_MAX = 10;
const NAMES_MAX = 10;

/** What the owners of a pull request read, once, when it waits for them for too long. */
export function chaseComment(texts: ChaseTexts): string {
  const { campaign, base, standing, obstacles, owners, sinceMs, issueUrl } = texts;
  const lines = [standingLine(standing), ...obstacles.map((obstacle) => obstacleLine(obstacle, base))];
  // That nobody merged it is the matter only where nothing else is.
  const told = obstacles.length > 0 && isPassed(standing) ? lines.slice(1) : lines;
  const passed = isPassed(standing) ? ` Its canary ${escapeMarkdown(standingWords(standing))}.` : "";
  const who = owners.slice(0, OWNERS_MAX).map((owner) => (owner.startsWith("@") ? owner : codeSpan(owner)));
  const to = codeSpan(`${campaign.library}@${campaign.to}`);
  const more = issueUrl === null ? "" : ` [The whole campaign](${issueUrl}).`;
  return [
    `⏳ ${who.join(", ")}: **the upgrade to ${to} waits for you**. Nothing has happened here since ${dayOf(sinceMs)}.${passed}`,
    `**What is in the way**\n\n${told.map(({ what }) => `- ${what}`).join("\n")}`,
    `**What to do**\n\n${told.map(({ todo }) => `- ${todo}`).join("\n")}\n- Or close it: then this version is not offered again.`,
    `This is the only reminder.${more}`,
  ].join("\n\n");
}

function isPassed(standing: UnitStanding): boolean {
  return standing.kind === "judged" && standing.judged.verdict === "pass";
}

function standingLine(standing: UnitStanding): Line {
  const how = escapeMarkdown(standingWords(standing));
  if (standing.kind === "blocked") {
    return { what: `It is ${how}.`, todo: "See to that, then merge it." };
  }
  if (standing.kind !== "judged") {
    return {
      what: `It was ${how}.`,
      todo: "No canary will tell: look at the change yourself, then merge it.",
    };
  }
  const { verdict } = standing.judged;
  switch (verdict) {
    case "pass":
      return { what: "Nobody merged it.", todo: "Merge it." };
    case "fail":
      return {
        what: `Its canary: ${how}.`,
        todo: "Mend what the new version breaks, on this branch or before it; every push is tried again.",
      };
    case "marginal":
    case "inconclusive":
      return {
        what: `Its canary: ${how}.`,
        todo: "Look at its numbers and decide, or comment `/canary` to have it tried again.",
      };
    default:
      return assertNever(verdict);
  }
}

function obstacleLine(obstacle: MergeObstacle, base: string): Line {
  const onto = codeSpan(base);
  switch (obstacle.kind) {
    case "conflict":
      return { what: `It conflicts with ${onto}.`, todo: `Merge ${onto} into the branch.` };
    case "draft":
      return { what: "It is a draft.", todo: "Say that it is ready for review." };
    case "behind":
      return { what: `It has to be on top of ${onto}, and is not.`, todo: "Press **Update branch**." };
    case "failingChecks":
      return {
        what: `Checks fail: ${listed(obstacle.names)}.`,
        todo: "See why, and run again those that failed by chance.",
      };
    case "changesRequested":
      return {
        what: `Changes were asked for by ${listed(obstacle.by)}.`,
        todo: "Answer that review, or dismiss it.",
      };
    case "rules":
      return {
        what: `The rules of ${onto} ask for more than it has, such as an approving review.`,
        todo: "Review it, or ask somebody who may.",
      };
    default:
      return assertNever(obstacle);
  }
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
  return `${names.slice(0, NAMES_MAX).map(codeSpan).join(", ")}${more}`;
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
