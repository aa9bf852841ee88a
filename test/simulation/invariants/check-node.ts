import { scriptOfDigest } from "../revisions.ts";
import type { NodeChange, SimulatedNode } from "../simulated-node.ts";
import type { World } from "../world.ts";
import type { Ledger } from "./ledger.ts";
import type { WorldFacts } from "./world-facts.ts";

/** A node runs only what was built for that script, from a document that its region was given; looked at for what it changed. */
export function checkNode(facts: WorldFacts, ledger: Ledger, node: SimulatedNode, change: NodeChange): void {
  if (change.kind !== "boots" && change.kind !== "serves") return;
  for (const [key, { digest }] of node.serving) {
    if (change.kind === "serves" && !change.keys.includes(key)) continue;
    const isApproved = facts.approved.get(`${node.region}|${key}`)?.has(digest) ?? false;
    ledger.check(
      1,
      isApproved && scriptOfDigest(digest) === key,
      () => `${node.id} serves ${digest.slice(7, 14)} for ${key}, which no release there ever named`,
    );
  }
}

/** Of a change to several scripts a node has every member's part or nobody's. */
export function checkGroup(facts: WorldFacts, ledger: Ledger, node: SimulatedNode, change: NodeChange): void {
  if (change.kind !== "boots" && change.kind !== "serves") return;
  if (change.kind === "serves" && !change.keys.some((key) => facts.group.includes(key))) return;
  for (const id of facts.changes.keys()) {
    const those = facts.group.filter((key) => facts.hasChange(id, key, node.serving.get(key)?.digest));
    ledger.check(
      12,
      those.length === 0 || those.length === facts.group.length,
      () => `${node.id} has ${id} of ${those.join(" and ")} alone`,
    );
  }
}

/** Of a region's live nodes at least 66%, or all but one, serve each script that the region has. */
export function checkServingShare(world: World, facts: WorldFacts, ledger: Ledger, region: string): void {
  const nodes = world.nodes.filter((node) => node.region === region && node.isUp);
  for (const key of facts.scripts.keys()) {
    if (!facts.releases.get(`${region}|${key}`)?.stable) continue;
    let serving = 0;
    for (const node of nodes) if (node.serving.has(key)) serving += 1;
    ledger.check(
      4,
      serving >= 0.66 * nodes.length || serving >= nodes.length - 1,
      () => `${serving} of ${nodes.length} nodes of ${region} serve ${key}`,
    );
  }
}
