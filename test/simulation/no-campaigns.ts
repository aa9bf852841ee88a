import type { CampaignParts } from "#app/campaign/campaign-parts.ts";

function unexpected(): never {
  throw new Error("there is no campaign here");
}

/** For a world in which nobody starts a campaign. */
export const noCampaigns: CampaignParts = {
  records: {
    findState: unexpected,
    saveState: unexpected,
    orderShipment: unexpected,
    listUnits: unexpected,
    saveUnit: unexpected,
    deleteUnit: unexpected,
    unitsOfPull: unexpected,
    markDue: unexpected,
  },
  releases: {
    directUses: unexpected,
    looks: unexpected,
    find: unexpected,
    saveFound: unexpected,
    saveUnchanged: unexpected,
    saveFailure: unexpected,
    forget: unexpected,
  },
  forges: { forgeOf: unexpected, takeTurn: unexpected },
  newRegistry: unexpected,
  codemods: { find: unexpected },
  workFolder: "",
};
