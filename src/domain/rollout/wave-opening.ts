import type { ChangeWindow, RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import { intersection, openIntervals } from "./windows.ts";

const searchMs = 14 * 86_400_000;

/**
 * The first moment at or after `nowMs` at which all the regions may change together, `own` being the script's own
 * windows; equal to `nowMs` when that is now, null when there is none in 14 days.
 */
export function waveOpening(
  regions: readonly RegionManifest[],
  own: readonly ChangeWindow[],
  nowMs: number,
): number | null {
  const open = regions.map((region) => openIntervals(region, nowMs, nowMs + searchMs, own));
  return intersection(open)[0]?.startMs ?? null;
}
