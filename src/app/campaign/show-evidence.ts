import type { CampaignCounts } from "#domain/campaign/campaign-counts.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { upgradeBranch } from "#domain/campaign/upgrade-identity.ts";
import type { UpgradeForge } from "#domain/campaign/upgrade-forge.ts";
import { evidenceText } from "#app/presentation/campaign-words.ts";
import { withEvidence } from "#app/presentation/upgrade-pull-request.ts";
import type { UnitView } from "./read-campaign.ts";

/**
 * Writes a verdict and the campaign so far into the body of the pull request, once a verdict: with every other verdict it
 * would be a write for each of them in each of them. Returns the unit to keep; null when there is nothing to say.
 */
export async function showEvidence(
  { unit, standing, scoped }: UnitView,
  library: string,
  counts: CampaignCounts,
  forge: UpgradeForge,
  issueUrl: string | null,
): Promise<CampaignUnit | null> {
  const { pull } = unit;
  if (pull?.state !== "open" || scoped === null) return null;
  const key = evidenceKey(standing);
  if (key === null || pull.evidence === key) return null;
  const { fullName, defaultBranch } = scoped.repository;
  const branch = upgradeBranch(library, unit.base === defaultBranch ? null : unit.base);
  const { pulls } = await forge.pullsFrom(fullName, branch);
  const seen = pulls.find(({ number }) => number === pull.number);
  if (seen?.state === "open") {
    const body = withEvidence(seen.body, evidenceText(standing, counts, issueUrl));
    if (body !== null && body !== seen.body)
      await forge.updatePull(fullName, pull.number, { title: seen.title, body });
  }
  return { ...unit, pull: { ...pull, evidence: key } };
}

/** Changes with what the pull request itself is told, and not with the campaign around it. */
function evidenceKey(standing: UnitView["standing"]): string | null {
  if (standing.kind === "untried") return `untried: ${standing.reason}`;
  if (standing.kind !== "judged") return null;
  const { verdict, score, headSha } = standing.judged;
  return `${verdict} ${score ?? ""} ${headSha}`;
}
