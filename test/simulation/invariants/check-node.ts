import { scriptOfDigest } from "../revisions.ts";
import type { SimulatedNode } from "../simulated-node.ts";
import type { World } from "../world.ts";
import type { Ledger } from "./ledger.ts";
import type { WorldFacts } from "./world-facts.ts";

/** A node runs only what was built for that script, from a document that its region was given. */
export function checkNode(facts: WorldFacts, ledger: Ledger, node: SimulatedNode): void {
  for (const [key, { digest }] of node.serving) {
    const isApproved = facts.approved.get(`${node.region}|${key}`)?.has(digest) ?? false;
    ledger.check(
      1,
      isApproved && scriptOfDigest(digest) === key,
      () => `${node.id} serves ${digest.slice(7, 14)} for ${key}, which no release there ever named`,
    );
  }
}

/** Of a region's live nodes at least 66%, or all but one, serve each script that the region has. */
export function checkServingShare(world: World, facts: WorldFacts, ledger: Ledger, region: string): void {
  const nodes = world.nodes.filter((node) => node.region === region && node.isUp);
  for (const [place, release] of facts.releases) {
    if (!release.stable || !place.startsWith(`${region}|`)) continue;
    const key = place.slice(region.length + 1);
    const serving = nodes.filter((node) => node.serving.has(key)).length;
    ledger.check(
      4,
      serving >= 0.66 * nodes.length || serving >= nodes.length - 1,
      () => `${serving} of ${nodes.length} nodes of ${region} serve ${key}`,
    );
  }
}
