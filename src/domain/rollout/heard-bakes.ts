import { isUnreachable } from "./attestation.ts";
import { rolloutWaves } from "./rollout-waves.ts";
import type { RolloutInput, RolloutMemory } from "./rollout-input.ts";

/**
 * The bakes that go on. While no node of a region is heard, nobody observes what the revision does there, so the bake of
 * its wave begins anew when one is heard again.
 */
export function heardBakes(
  input: RolloutInput,
  bakeStartedAtMs: RolloutMemory["bakeStartedAtMs"],
): RolloutMemory["bakeStartedAtMs"] {
  const waves = rolloutWaves(input.manifest.rollout, input.fleet);
  return Object.fromEntries(
    Object.entries(bakeStartedAtMs).filter(
      ([wave]) => !(waves[Number(wave) - 1] ?? []).some((region) => bakesUnheard(input, region)),
    ),
  );
}

/** What was promoted has baked. */
function bakesUnheard({ releases, target, nodes, nowMs }: RolloutInput, region: string): boolean {
  if (releases.get(region)?.next?.digest !== target.digest) return false;
  return nodes.filter((node) => node.region === region).every((node) => isUnreachable(node, nowMs));
}
