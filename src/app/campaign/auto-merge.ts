import { unitKey } from "#domain/campaign/campaign-unit.ts";
import { planAutoMerge } from "#domain/campaign/plan-auto-merge.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { CampaignView } from "./read-campaign.ts";

type AutoMergeContext = Pick<
  ReconcilerContext,
  "records" | "fleet" | "clock" | "campaigns" | "host" | "logger"
>;

/**
 * Merges what the upgrades policies of its scripts let merge without a person, exactly as it was judged, with one audit record
 * each. True when something was merged.
 */
export async function autoMerge(context: AutoMergeContext, view: CampaignView): Promise<boolean> {
  const { name } = view.campaign;
  const candidates = view.units.map((one) => ({
    ...one,
    policies: (one.scoped?.scripts ?? []).map(({ upgrades }) => upgrades),
  }));
  let isAny = false;
  for (const item of planAutoMerge(candidates, view.policy.shipAtOnceMax)) {
    const { repositoryId, number, headSha, score } = item;
    const repository = view.scope.get(repositoryId)?.repository;
    if (repository === undefined) continue;
    // Somebody may stop it while this goes on.
    if ((await context.fleet.current())?.campaigns.get(name)?.campaign.stopped !== undefined) break;
    // Before the merge, so that nothing is merged that nobody wrote down.
    await context.records.appendAudit({
      atMs: context.clock.now(),
      actor: "showrunner",
      action: "campaign merge",
      subject: `${repository.fullName}#${number}`,
      cause: `campaign ${name}: it scores ${score}, and the upgrades policies of its scripts let that merge`,
      evidence: { ...item },
      undo: `revert ${repository.fullName}#${number}`,
    });
    const outcome = await context.host.mergePullRequest(repository, number, headSha);
    if (outcome === "merged") {
      isAny = true;
      await context.campaigns.records.markDue(repositoryId, number);
      continue;
    }
    context.logger.warn({ campaign: name, ...item, outcome }, "a pull request could not be merged");
    const unit = view.units.find((one) => one.key === unitKey(item))?.unit;
    if (unit?.pull)
      await context.campaigns.records.saveUnit(
        name,
        { ...unit, pull: { ...unit.pull, refusedSha: headSha } },
        true,
      );
  }
  return isAny;
}
