import type { FileChange } from "../ports.ts";
import type { FleetSnapshot } from "./fleet-snapshot.ts";
import { releasePath } from "./release-file.ts";
import { removalsMax } from "./retain-removed.ts";

/** A version of a script, as far as its end is concerned. */
export interface DeclaredScript {
  readonly name: string;
  readonly version: string;
  /** Whether the head of its repository's default branch has its manifest. */
  readonly declared: boolean;
  /** What its last manifest says; true when it says nothing. */
  readonly prune: boolean;
}

export type PrunePlan =
  | { readonly kind: "nothing" }
  /** Its releases go from this region now; from the next one when this one is done. */
  | { readonly kind: "remove"; readonly region: string; readonly changes: readonly FileChange[] }
  /** So many scripts are gone at once that a person has to confirm it. */
  | { readonly kind: "held"; readonly scripts: readonly string[]; readonly atOnceMax: number };

/**
 * The end of a script that its repository does not declare any more: region by region, in the fleet's order. Not where
 * its manifest opted out, and not while more scripts have disappeared together than the cap allows.
 */
export function planPrune(
  snapshot: Pick<FleetSnapshot, "fleet" | "releases">,
  scripts: readonly DeclaredScript[],
  name: string,
  version: string,
): PrunePlan {
  const { fleet, releases } = snapshot;
  const served = new Set([...releases.values()].flatMap((ofRegion) => [...ofRegion.keys()]));
  const gone = scripts
    .filter((script) => !script.declared && script.prune)
    .map((script) => `${script.name}@${script.version}`)
    .filter((key) => served.has(key));
  const key = `${name}@${version}`;
  if (!gone.includes(key)) return { kind: "nothing" };
  const atOnceMax = removalsMax(served.size, fleet.caps.removePct);
  if (gone.length > atOnceMax) return { kind: "held", scripts: gone, atOnceMax };
  const region = fleet.regions.find((candidate) => releases.get(candidate.name)?.has(key))?.name;
  if (region === undefined) return { kind: "nothing" };
  const changes = [{ path: releasePath(region, name, version), content: null }];
  return { kind: "remove", region, changes };
}
