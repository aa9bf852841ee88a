/** At most this many of a region's nodes change at a time: a third, at least one. */
export function batchSize(nodes: number): number {
  return Math.max(1, Math.floor(nodes / 3));
}

/** Steps in which all of a region's nodes get a revision: one box, then thirds. */
export function batchCount(nodes: number): number {
  return nodes <= 1 ? 1 : 1 + Math.ceil((nodes - 1) / batchSize(nodes));
}

/**
 * The share that the next batch of a region's nodes needs, in percent: one node first, then a third of the nodes more
 * than the share `currentPct` covers, so that at least two thirds go on with what they serve (all but one in a region
 * of two). 100 when the batch is the last, or when no node is known yet.
 */
export function nextBatchPct(slots: readonly number[], currentPct: number): number {
  const ordered = [...slots].sort((a, b) => a - b);
  const covered = ordered.filter((slot) => slot < currentPct).length;
  const batch = covered === 0 ? 1 : batchSize(ordered.length);
  return ordered[covered + batch] ?? 100;
}

/** The share that is left when a batch of nodes has gone back, in percent; 0 when none is left. */
export function previousBatchPct(slots: readonly number[], currentPct: number): number {
  const ordered = [...slots].sort((a, b) => a - b);
  const covered = ordered.filter((slot) => slot < currentPct).length;
  const left = covered - batchSize(ordered.length);
  return left <= 0 ? 0 : (ordered[left] ?? 100);
}
