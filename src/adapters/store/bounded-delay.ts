const delayMsMax = 30 * 86_400_000;

/** A delay the queue accepts, milliseconds: negative is now; beyond a month is a month, and the run sees it came early. */
export function boundedDelayMs(delayMs: number): number {
  if (Number.isNaN(delayMs)) throw new Error("a delay must be a number of milliseconds");
  return Math.min(Math.max(0, delayMs), delayMsMax);
}
