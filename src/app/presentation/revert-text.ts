import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import type { Hold, RevisionRef } from "#schemas/types.ts";

/** Title and body of the pull request that takes a rolled back revision out of the script repository. */
export function revertText(
  hold: Hold,
  revision: RevisionRef,
  to: RevisionRef,
): { readonly title: string; readonly body: string } {
  const { script, version, reason, by, evidence } = hold;
  const unit = `${script}@${version}`;
  const measured =
    evidence === undefined || reason.includes(evidence) ? "" : `\n\nMeasured: ${escapeMarkdown(evidence)}`;
  const body = [
    `${codeSpan(unit)} ${codeSpan(revision.commit.slice(0, 7))} was rolled back by ${escapeMarkdown(by)}: ${escapeMarkdown(reason)}${measured}`,
    `Regions go back to ${to.commit}, and this pull request takes the branch there too. Until it is merged, or a newer merge takes over, ${revision.commit} is not rolled out again.`,
    `To roll it out nevertheless: ${codeSpan(`npx showrunner promote ${script} --reason "..."`)}`,
  ];
  return { title: `Revert ${unit} to ${to.commit.slice(0, 7)}`, body: body.join("\n\n") };
}
