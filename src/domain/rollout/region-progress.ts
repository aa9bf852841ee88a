/** How far one region is in a rollout. */
export interface RegionProgress {
  readonly region: string;
  /** From 1. */
  readonly wave: number;
  readonly state: "waiting" | "provisioning" | "baking" | "done" | "rollingBack" | "withdrawn";
  /** When this state, or the wave, began here; epoch milliseconds, null before it has. */
  readonly sinceMs: number | null;
  readonly nodesAttested: number;
  readonly nodesTotal: number;
  /** Share of the work in this region that is done, 0 to 1. */
  readonly fraction: number;
  readonly note: string | null;
}

/** Mean of the regions' fractions, in whole percent, rounded down so that only a finished rollout shows 100. */
export function percentOf(regions: readonly RegionProgress[]): number {
  if (regions.length === 0) return 0;
  return Math.floor((100 * regions.reduce((sum, region) => sum + region.fraction, 0)) / regions.length);
}
