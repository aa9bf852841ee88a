import type { Campaign } from "#schemas/types.ts";
import type { CampaignFile } from "../reconcile/fleet-snapshot.ts";

/** The campaigns under way for the same library and scripts: two would pull the same branches to and fro. */
export interface CampaignRivals {
  /** The new one may not start beside it; null without one. */
  readonly standing: CampaignFile | null;
  /** The scan's, whose place the new one takes: what a person starts for all goes first. */
  readonly yielding: readonly CampaignFile[];
}

export function campaignRivals(known: Iterable<CampaignFile>, started: Campaign): CampaignRivals {
  const rivals = [...known].filter(
    ({ campaign }) =>
      campaign.library === started.library &&
      campaign.stopped === undefined &&
      campaign.supersededBy === undefined &&
      isSameScope(campaign, started),
  );
  const isForAll = Object.keys(started.selector ?? {}).length === 0;
  const isYielding = ({ campaign }: CampaignFile): boolean => isForAll && campaign.foundBy === "scan";
  return {
    standing: rivals.find((file) => !isYielding(file)) ?? null,
    yielding: rivals.filter(isYielding),
  };
}

function isSameScope(a: Campaign, b: Campaign): boolean {
  const own = Object.entries(a.selector ?? {});
  return own.every(([key, value]) => (b.selector?.[key] ?? value) === value);
}
