import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { RollbackPlan } from "#domain/campaign/plan-campaign-rollback.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Campaign } from "#schemas/types.ts";
import type { ChangeOutcome } from "#app/operations/commit-on-newest.ts";
import { campaignGoal } from "./campaign-goal.ts";
import { type CampaignChange, changeCampaign } from "./change-campaign.ts";
import { type CampaignView, readCampaign } from "./read-campaign.ts";
import {
  rollBackCampaign,
  type RollbackOutcome,
  type RollbackRequest,
  rollbackStanding,
} from "./roll-back-campaign.ts";
import { shipCampaign, type ShipOutcome, type ShipRequest } from "./ship-campaign.ts";
import { startCampaign, type StartOutcome, type StartRequest } from "./start-campaign.ts";

/** A campaign as people see it. */
export interface CampaignStanding extends CampaignView {
  /** How the order to take it back stands; null when there is none. */
  readonly rollback: RollbackPlan | null;
  /** Why it has nothing to go by, so that it opens nothing, for people; null when it has. */
  readonly problem: string | null;
}

/** What people may ask of campaigns. Failures of GitHub throw `CodeHostError`. */
export interface CampaignDesk {
  read(snapshot: FleetSnapshot, campaign: Campaign): Promise<CampaignStanding>;
  start(request: StartRequest): Promise<StartOutcome>;
  ship(name: string, request: ShipRequest): Promise<ShipOutcome>;
  rollBack(name: string, request: RollbackRequest): Promise<RollbackOutcome>;
  change(
    name: string,
    change: CampaignChange,
    how: { readonly by: string; readonly cause: string; readonly evidence: object },
  ): Promise<ChangeOutcome>;
}

export function createCampaignDesk(context: ReconcilerContext): CampaignDesk {
  return {
    read: async (snapshot, campaign) => {
      const view = await readCampaign(context, campaign);
      const source = await context.fleet.source();
      const goal = source && (await campaignGoal(campaign, source.mirror, snapshot.commit));
      const problem = goal?.kind === "none" ? goal.reason : null;
      return { ...view, rollback: await rollbackStanding(context, snapshot, view), problem };
    },
    start: (request) => startCampaign(context, request),
    ship: (name, request) => shipCampaign(context, name, request),
    rollBack: (name, request) => rollBackCampaign(context, name, request),
    change: (name, change, how) => changeCampaign(context, name, change, how),
  };
}
