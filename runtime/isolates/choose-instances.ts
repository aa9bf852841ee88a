import type { RegionDocument, RegionInstance } from "#schemas/types.ts";
import type { InstanceIdentity } from "./script-instance.ts";

/** An instance that this node is to run. */
export interface WantedInstance extends InstanceIdentity {
  readonly isDefault: boolean;
  /** Its version answers nothing. It stays warm, for the moment in which it may again. */
  readonly isKilled: boolean;
  /** Its part of the version's requests, of 10,000; stable has what the others leave. */
  readonly weight: number;
  readonly runId: string | null;
  readonly stickyBy: string | null;
  readonly expiresAtMs: number | null;
}

/**
 * What a node with this slot runs: of each version and role the first instance whose share is above the slot. Beside
 * stable it runs nothing that has expired, whatever the document still says: the control plane may be out of reach.
 */
export function chooseInstances(document: RegionDocument, slot: number, nowMs: number): WantedInstance[] {
  return document.scripts.flatMap(({ name, version, isDefault, killed, instances }) => {
    const byRole = new Map<string, WantedInstance>();
    for (const instance of instances) {
      const { role, digest, nodesPct, weight = 0, runId = null, stickyBy = null } = instance;
      if (slot >= nodesPct || byRole.has(role) || isExpired(instance, nowMs)) continue;
      const expiresAtMs = expiryMs(instance);
      const identity = { script: name, version, role, digest };
      byRole.set(role, {
        ...identity,
        isDefault,
        isKilled: killed !== undefined,
        weight,
        runId,
        stickyBy,
        expiresAtMs,
      });
    }
    return [...byRole.values()];
  });
}

/** When the next instance of the document expires, or null: the time to choose again. */
export function nextExpiryMs(document: RegionDocument, nowMs: number): number | null {
  let next = Infinity;
  for (const { instances } of document.scripts) {
    for (const instance of instances) {
      const atMs = expiryMs(instance);
      if (atMs !== null && atMs > nowMs) next = Math.min(next, atMs);
    }
  }
  return next === Infinity ? null : next;
}

function isExpired(instance: RegionInstance, nowMs: number): boolean {
  const atMs = expiryMs(instance);
  return atMs !== null && atMs <= nowMs;
}

/** A stable revision has no end: a node that serves nothing helps nobody. */
function expiryMs({ role, expiresAt }: RegionInstance): number | null {
  return role === "stable" || expiresAt === undefined ? null : Date.parse(expiresAt);
}
