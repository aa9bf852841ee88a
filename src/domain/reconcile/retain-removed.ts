import type { RegionDocument, RegionScript } from "#schemas/types.ts";

export interface Retained {
  readonly document: RegionDocument;
  /** Scripts that stay although git has no release of them any more: a person has to confirm so many removals. */
  readonly held: readonly string[];
  /** Removals that are meant are still to come: looked at again. */
  readonly isUnfinished: boolean;
}

/** How many of so many scripts one step may remove: the cap's share, and one at least. */
export function removalsMax(scripts: number, removePct: number): number {
  return Math.max(1, Math.floor((scripts * removePct) / 100));
}

/**
 * A region's new document without mass removals against the one in force. More than the cap allows are not removed at
 * all, unless a rollback wants them gone: those go a few at a time, and answer nothing until it is their turn.
 */
export function retainRemoved(
  document: RegionDocument,
  inForce: RegionDocument | null,
  removePct: number,
  isRolledBack: (key: string) => boolean,
): Retained {
  const kept = new Set(document.scripts.map(keyOf));
  const removed = (inForce?.scripts ?? []).filter((script) => !kept.has(keyOf(script)));
  const atOnceMax = removalsMax(inForce?.scripts.length ?? 0, removePct);
  if (removed.length <= atOnceMax) return { document, held: [], isUnfinished: false };
  const meant = removed.filter((script) => isRolledBack(keyOf(script)));
  const others = removed.filter((script) => !isRolledBack(keyOf(script)));
  const waiting = meant.slice(atOnceMax).map((script) => ({ ...script, killed: { reason: "rolled back" } }));
  const scripts = [...document.scripts, ...others, ...waiting].sort(byKey);
  return { document: { ...document, scripts }, held: others.map(keyOf), isUnfinished: waiting.length > 0 };
}

function keyOf({ name, version }: RegionScript): string {
  return `${name}@${version}`;
}

function byKey(a: RegionScript, b: RegionScript): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
