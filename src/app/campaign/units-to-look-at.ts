import type { UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { CampaignView, UnitView } from "./read-campaign.ts";

/** A failure may pass, and pushes to the branches of older versions are not told of. */
const AGAIN_MS = 600_000;
/** New branches of older versions are not told of either. */
const ANYWAY_MS = 3_600_000;

/**
 * Makes units of branches that have none yet, and forgets those that are out of the campaign without a trace. Whether there
 * was anything to do.
 */
export async function missingUnits(
  { campaigns }: Pick<ReconcilerContext, "campaigns">,
  { campaign, scope, units }: CampaignView,
): Promise<boolean> {
  let isChanged = false;
  const known = new Set(units.map(({ key }) => key));
  for (const [repositoryId, { repository }] of scope) {
    const main = units.find(
      ({ unit }) => unit.repositoryId === repositoryId && unit.base === repository.defaultBranch,
    );
    const bases = [repository.defaultBranch, ...(main?.unit.look?.versions ?? []).map(({ name }) => name)];
    for (const base of bases) {
      if (known.has(`${repositoryId} ${base}`)) continue;
      const unit: CampaignUnit = {
        repositoryId,
        repository: repository.fullName,
        base,
        look: null,
        pull: null,
        judged: null,
      };
      await campaigns.records.saveUnit(campaign.name, unit, true);
      isChanged = true;
    }
  }
  for (const { unit } of units) {
    if (scope.has(unit.repositoryId) || unit.pull !== null) continue;
    await campaigns.records.deleteUnit(campaign.name, unit);
    isChanged = true;
  }
  return isChanged;
}

/** The units of which something may have changed since they were looked at. */
export function dueUnits(units: readonly UnitView[], goal: UpgradeGoal, nowMs: number): UnitView[] {
  return units.filter(({ unit, scoped, isDue }) => {
    const { look, base } = unit;
    if (scoped === null) return false;
    if (isDue || look === null || look.aim !== goal.key) return true;
    const { defaultBranch, head } = scoped.repository;
    if (base === defaultBranch && look.head !== head) return true;
    const isFailure = look.result.kind === "blocked" && look.result.by === "failure";
    const isWatched = isFailure || base !== defaultBranch || look.versions.length > 0;
    return nowMs - look.atMs > (isWatched ? AGAIN_MS : ANYWAY_MS);
  });
}
