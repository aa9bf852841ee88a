import type { RollbackOutcome } from "#app/campaign/roll-back-campaign.ts";
import type { ShipOutcome } from "#app/campaign/ship-campaign.ts";
import { rollbackItem } from "./campaign-view.ts";

type Done<Outcome> = Extract<Outcome, { readonly kind: "done" }>;

/** What an order to ship merges, and what stays, with why. */
export function shipAnswer(name: string, dryRun: boolean, { plan, minScore, view }: Done<ShipOutcome>) {
  return {
    campaign: name,
    dryRun,
    score: minScore,
    atOnce: view.policy.shipAtOnceMax,
    ships: plan.items.map(({ repositoryId, number, score }) => ({
      repository: view.scope.get(repositoryId)?.repository.fullName ?? String(repositoryId),
      pullRequest: number,
      score,
    })),
    left: plan.left.map(({ unit, why }) => ({
      repository: unit.repository,
      pullRequest: unit.pull?.number ?? null,
      why,
    })),
  };
}

/** What an order to take a campaign back does, and what stays, with why. */
export function rollbackAnswer(name: string, dryRun: boolean, { plan, view }: Done<RollbackOutcome>) {
  return {
    campaign: name,
    dryRun,
    change: "rollback" as const,
    atOnce: view.policy.shipAtOnceMax,
    takesBack: plan.items.map(rollbackItem),
    /** Merged and not built yet: it goes back once it rolls out. */
    coming: plan.coming,
    left: plan.left.map((one) => ({ ...rollbackItem(one), why: one.why })),
    /** Open pull requests, which are not merged any more. */
    open: view.units.filter(({ unit }) => unit.pull?.state === "open").length,
  };
}

export type ShipAnswer = ReturnType<typeof shipAnswer>;
export type RollbackAnswer = ReturnType<typeof rollbackAnswer>;
