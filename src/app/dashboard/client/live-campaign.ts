import type { AttentionReport } from "#app/api/inventory-routes.ts";
import type { CampaignDetail, CampaignList } from "#app/api/campaign-view.ts";
import { createLiveView, type LiveView } from "./live-view.ts";

export type LiveCampaign = LiveView<CampaignDetail>;
export type LiveCampaigns = LiveView<CampaignList>;
export type LiveAttention = LiveView<AttentionReport>;

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

/** Follows which scripts need attention; that changes with deployments, so it is asked for once a minute. */
export function createLiveAttention(): LiveAttention {
  return createLiveView<AttentionReport>({
    address: "/api/inventory/attention",
    isView: (body): body is AttentionReport => "uses" in body,
    missing: "There is no fleet yet",
    isOver: () => false,
    pollMs: 60_000,
  });
}
