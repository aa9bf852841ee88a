import type { NodeInput, NodeState } from "./overview-model.ts";
import { unreachableAfterMs } from "#domain/rollout/attestation.ts";
import type { InstanceReport } from "#schemas/types.ts";

/** One node as seen at one moment, with its instances of the role "stable" by unit (`<name>@<version>`). */
export interface ObservedNode {
  readonly id: string;
  readonly slot: number;
  readonly state: NodeState;
  readonly receivedAtMs: number | null;
  readonly generation: number | null;
  readonly instances: ReadonlyMap<string, readonly InstanceReport[]>;
}

/** The nodes of each region, by id. */
export function observeNodes(
  nodes: readonly NodeInput[],
  nowMs: number,
): ReadonlyMap<string, readonly ObservedNode[]> {
  const byRegion = new Map<string, ObservedNode[]>();
  for (const node of nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const list = byRegion.get(node.region) ?? [];
    list.push(observeNode(node, nowMs));
    byRegion.set(node.region, list);
  }
  return byRegion;
}

/** The name of a version of a script, such as "artwork@4". */
export function unitName(name: string, version: string): string {
  return `${name}@${version}`;
}

/** Whether the node takes traffic and answers it with this digest. */
export function attests(node: ObservedNode, unit: string, digest: string): boolean {
  if (node.state !== "ready") {
    return false;
  }
  const serving = (node.instances.get(unit) ?? []).filter((instance) => instance.state === "serving");
  return serving.length > 0 && serving.every((instance) => instance.digest === digest);
}

function observeNode(node: NodeInput, nowMs: number): ObservedNode {
  const instances = new Map<string, InstanceReport[]>();
  for (const instance of node.last?.report.instances ?? []) {
    // Canaries and experiments run beside the desired revision; they say nothing about drift.
    if (instance.role !== "stable") {
      continue;
    }
    const unit = unitName(instance.script, instance.version);
    instances.set(unit, [...(instances.get(unit) ?? []), instance]);
  }
  const fresh = node.last !== null && nowMs - node.last.receivedAtMs <= unreachableAfterMs;
  return {
    id: node.id,
    slot: node.slot,
    state: fresh ? node.last.report.state : "unreachable",
    receivedAtMs: node.last?.receivedAtMs ?? null,
    generation: node.last?.report.document?.generation ?? null,
    instances,
  };
}
