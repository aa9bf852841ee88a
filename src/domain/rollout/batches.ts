/**
 * The share that the next batch of a region's nodes needs, in percent: `max(1, floor(n/3))` nodes more than the share
 * `currentPct` covers, so that at least two thirds go on with what they serve (all but one in a region of two).
 * 100 when the batch is the last, or when no node is known yet.
 */
export function nextBatchPct(slots: readonly number[], currentPct: number): number {
  const ordered = [...slots].sort((a, b) => a - b);
  const covered = ordered.filter((slot) => slot < currentPct).length;
  const batch = Math.max(1, Math.floor(ordered.length / 3));
  return ordered[covered + batch] ?? 100;
}
