import type { Campaign } from "#schemas/types.ts";
import { parseDurationMs } from "../manifest/duration.ts";
import type { ChangeWindow } from "../manifest/fleet-manifest.ts";
import { parseWindow } from "../rollout/windows.ts";

/** How a campaign goes, with every default of its file filled in. */
export interface CampaignPolicy {
  readonly openMax: number;
  /** Infinity where the file sets none. */
  readonly openPerOwnerMax: number;
  readonly openPerHourMax: number;
  readonly firstWave: number;
  /** UTC. */
  readonly quiet: readonly ChangeWindow[];
  /** 0 to 100. */
  readonly shipScore: number;
  readonly shipAtOnceMax: number;
  /** Percent of the judged ones. */
  readonly failedPctMax: number;
  readonly judgedMin: number;
  /** How long a pull request may wait for a person before its owners are reminded. */
  readonly chaseAfterMs: number;
  /** When it last went on after a stop: verdicts from before do not stop it. Epoch milliseconds; 0 when it never was. */
  readonly countedSinceMs: number;
  /** A matter of security: no limit holds it up. */
  readonly isUrgent: boolean;
}

const CHASE_AFTER_MS = 7 * 86_400_000;

export function campaignPolicy(campaign: Campaign): CampaignPolicy {
  return {
    openMax: campaign.openMax ?? 50,
    openPerOwnerMax: campaign.openMaxPerOwner ?? Number.POSITIVE_INFINITY,
    openPerHourMax: campaign.openPerHourMax ?? Number.POSITIVE_INFINITY,
    firstWave: campaign.firstWave ?? 5,
    quiet: (campaign.quiet ?? []).flatMap((text) => parseWindow(text) ?? []),
    shipScore: campaign.shipScore ?? 90,
    shipAtOnceMax: campaign.shipAtOnceMax ?? 25,
    failedPctMax: campaign.stop?.failedPct ?? 20,
    judgedMin: campaign.stop?.afterJudged ?? 5,
    chaseAfterMs: parseDurationMs(campaign.chaseAfter ?? "") ?? CHASE_AFTER_MS,
    countedSinceMs: campaign.resumedAt === undefined ? 0 : Date.parse(campaign.resumedAt),
    isUrgent: campaign.advisory !== undefined,
  };
}
