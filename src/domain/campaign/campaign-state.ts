import type { ShipOrder } from "./plan-ship.ts";

/** What is kept of a campaign beside its file and its units. */
export interface CampaignState {
  readonly startedAtMs: number;
  /** The number of its tracking issue; null before there is one. */
  readonly issue: number | null;
  /** null when nothing is to be shipped. */
  readonly ship: ShipOrder | null;
  /** How many were left at what time, for the burn-down; oldest first. */
  readonly history: readonly { readonly atMs: number; readonly left: number }[];
}
