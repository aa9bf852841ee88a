import type { FleetManifest } from "../manifest/fleet-manifest.ts";
import type { RolloutPolicy } from "../manifest/script-manifest.ts";
import type { Pace } from "./pace.ts";
import { type PlannedRollout, planRollout } from "./plan-rollout.ts";
import { nodesPerRegion } from "./rollout-progress.ts";
import { type Stop, stopIn } from "./stops.ts";

export interface PromiseInput {
  readonly manifest: { readonly rollout: RolloutPolicy };
  readonly fleet: Pick<FleetManifest, "regions">;
  readonly nodes: readonly { readonly region: string }[];
  readonly pace: Pace;
  /** The freezes that hold for the script. */
  readonly stops: readonly Stop[];
  /** What the first wave gives to its canary. */
  readonly canaryMs: number;
  readonly nowMs: number;
}

/**
 * The plan that a rollout which begins now is held to. A freeze whose end is known is planned around. What a pull
 * request and `plan` show is this plan, and what is promised at the merge is its end.
 */
export function promisedPlan(input: PromiseInput): PlannedRollout {
  const { manifest, fleet, nodes, pace, stops, canaryMs, nowMs } = input;
  const everywhere = fleet.regions.map((region) => region.name);
  const startMs = Math.max(nowMs, stopIn(stops, everywhere)?.untilMs ?? nowMs);
  return planRollout({ manifest, fleet, startMs, nodesPerRegion: nodesPerRegion(nodes), pace, canaryMs });
}
