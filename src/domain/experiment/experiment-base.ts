import type { Experiment } from "#schemas/types.ts";
import { type FleetSnapshot, releasesOf } from "../reconcile/fleet-snapshot.ts";
import type { Revision } from "../rollout/rollout-input.ts";

/** What every region of an experiment that has the script serves as stable, at rest; null while they differ or change. */
export function experimentBase(
  snapshot: Pick<FleetSnapshot, "releases">,
  { script, version = "1", regions }: Experiment,
): Revision | null {
  const releases = [...releasesOf(snapshot, script, version)]
    .filter(([region]) => regions?.includes(region) ?? true)
    .map(([, release]) => release);
  const [first] = releases;
  if (!first?.stable) return null;
  const { digest, commit } = first.stable;
  const isAtRest = releases.every(({ stable, next }) => stable?.digest === digest && !next);
  return isAtRest ? { digest, commit } : null;
}
