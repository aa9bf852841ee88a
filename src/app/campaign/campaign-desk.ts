import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { Campaign } from "#schemas/types.ts";
import { type CampaignChange, type ChangeOutcome, changeCampaign } from "./change-campaign.ts";
import { type CampaignView, readCampaign } from "./read-campaign.ts";
import { shipCampaign, type ShipOutcome, type ShipRequest } from "./ship-campaign.ts";
import { startCampaign, type StartOutcome, type StartRequest } from "./start-campaign.ts";

/** What people may ask of campaigns. Failures of GitHub throw `CodeHostError`. */
export interface CampaignDesk {
  read(campaign: Campaign): Promise<CampaignView>;
  start(request: StartRequest): Promise<StartOutcome>;
  ship(name: string, request: ShipRequest): Promise<ShipOutcome>;
  change(
    name: string,
    change: CampaignChange,
    how: { readonly by: string; readonly cause: string; readonly evidence: object },
  ): Promise<ChangeOutcome>;
}

export function createCampaignDesk(context: ReconcilerContext): CampaignDesk {
  return {
    read: (campaign) => readCampaign(context, campaign),
    start: (request) => startCampaign(context, request),
    ship: (name, request) => shipCampaign(context, name, request),
    change: (name, change, how) => changeCampaign(context, name, change, how),
  };
}
