import { courseOf, type Run } from "#domain/canary/run.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Release } from "#schemas/types.ts";
import { rolloutWaves } from "./rollout-waves.ts";

/** Until nodes have both sides, and from the run's end until the wave begins, milliseconds. */
const aroundMs = 15_000;

type CanaryTimes = Pick<ScriptManifest, "canary" | "rollout">;

/** How long a rollout's first wave waits for its canary at most, milliseconds; 0 where the manifest wants none. */
export function canaryMsMax({ canary, rollout }: CanaryTimes): number {
  if (canary === null || canary.atRollout === "never") return 0;
  const runs = rollout.bake.onTooLittleData === "extend" ? 2 : 1;
  return runs * (canary.maxDurationMs + aroundMs);
}

/** The same for a revision that was never tried; 0 also where nothing is stable in the first wave that it could be compared with. */
export function untriedCanaryMs(
  manifest: CanaryTimes,
  fleet: Pick<FleetManifest, "regions">,
  releases: ReadonlyMap<string, Release>,
): number {
  const [firstWave = []] = rolloutWaves(manifest.rollout, fleet);
  return firstWave.some((region) => releases.get(region)?.stable) ? canaryMsMax(manifest) : 0;
}

/** What is left of a run if it goes to its end, milliseconds. */
export function canaryLeftMs(run: Run, nowMs: number): number {
  const course = courseOf(run.phase);
  return course === null ? run.policy.maxDurationMs : Math.max(0, course.expiresAtMs - nowMs);
}
