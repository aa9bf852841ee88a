/** How many slots a region hands out: more nodes than that share one region in no deployment we know of. */
const slotsMax = 16_384;

/**
 * The slot of the nth node, in [0, 100): 0, 50, 25, 75, 12.5, ... Any prefix of it is spread evenly.
 * Source: the van der Corput sequence in base 2, times 100; docs/adr/0002-nodes-have-slots.md.
 */
export function slotAt(index: number): number {
  let fraction = 0;
  let weight = 0.5;
  for (let rest = index; rest > 0; rest >>= 1) {
    if (rest % 2 === 1) fraction += weight;
    weight /= 2;
  }
  return fraction * 100;
}

/** The slot for a node of a region: the one it claims when that is free, else the first free one; null when all are taken. */
export function chooseSlot(taken: ReadonlySet<number>, claimed: number | null): number | null {
  if (claimed !== null && claimed >= 0 && claimed < 100 && !taken.has(claimed)) return claimed;
  for (let index = 0; index < slotsMax; index += 1) {
    const slot = slotAt(index);
    if (!taken.has(slot)) return slot;
  }
  return null;
}
