import type { CampaignDetail, CampaignList } from "#app/api/campaign-view.ts";
import { createLiveView, type LiveView } from "./live-view.ts";

export type LiveCampaign = LiveView<CampaignDetail>;
export type LiveCampaigns = LiveView<CampaignList>;

/** Follows one campaign; a stopped or done one may go on. */
export function createLiveCampaign(name: string): LiveCampaign {
  return createLiveView<CampaignDetail>({
    address: `/api/campaigns/${encodeURIComponent(name)}`,
    isView: (body): body is CampaignDetail => "units" in body && "counts" in body,
    missing: `There is no campaign ${name}`,
    isOver: () => false,
  });
}

/** Follows the list of all. */
export function createLiveCampaigns(): LiveCampaigns {
  return createLiveView<CampaignList>({
    address: "/api/campaigns",
    isView: (body): body is CampaignList => "campaigns" in body,
    missing: "There are no campaigns here",
    isOver: () => false,
  });
}
