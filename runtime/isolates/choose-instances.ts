import type { RegionDocument } from "#schemas/types.ts";
import type { InstanceIdentity } from "./script-instance.ts";

/** An instance that this node is to run. */
export interface WantedInstance extends InstanceIdentity {
  readonly isDefault: boolean;
}

/** What a node with this slot runs: of each version and role the first instance whose share is above the slot. */
export function chooseInstances(document: RegionDocument, slot: number): WantedInstance[] {
  return document.scripts.flatMap(({ name, version, isDefault, instances }) => {
    const byRole = new Map<string, WantedInstance>();
    for (const { role, digest, nodesPct } of instances) {
      if (slot < nodesPct && !byRole.has(role)) {
        byRole.set(role, { script: name, version, role, digest, isDefault });
      }
    }
    return [...byRole.values()];
  });
}
