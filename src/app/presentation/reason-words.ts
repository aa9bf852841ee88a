import type { LibraryReason } from "#domain/campaign/library-reasons.ts";
import type { FoundUpgrade } from "#domain/campaign/plan-scan.ts";

/** "broken: drops every tenth request"; plain text of one line, of strangers too. */
export function reasonWords({ kind, on, note }: LibraryReason): string {
  const day = on === null ? "" : ` on ${on}`;
  return `${words[kind]}${day}${note === null ? "" : `: ${note.replaceAll(/\s+/g, " ").trim()}`}`;
}

const words = {
  broken: "broken",
  endOfLife: "end of life",
  deprecated: "deprecated",
  slow: "slow",
} as const;

const DESCRIPTION_MAX = 500;

/** Why a campaign was started, for its file. */
export function foundDescription({ reasons }: Pick<FoundUpgrade, "reasons">): string {
  if (reasons.length === 0) return "A new release";
  const told = reasons.map(({ version, reason }) => `${version} is ${reasonWords(reason)}`).join("; ");
  return told.length > DESCRIPTION_MAX ? `${told.slice(0, DESCRIPTION_MAX - 1)}…` : told;
}
