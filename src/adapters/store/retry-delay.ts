const delayMsMin = 1_000;
const delayMsMax = 60_000;

/**
 * How long to wait before a failed key runs again, 1 to 60 s in milliseconds: doubling with each failure in a row,
 * spread over the upper half so that keys which failed together do not return together.
 * `failures` counts from 1; `random` is in [0, 1).
 */
export function retryDelayMs(failures: number, random: number): number {
  const ceilingMs = Math.min(delayMsMax, 2 * delayMsMin * 2 ** (failures - 1));
  return Math.round(ceilingMs / 2 + (random * ceilingMs) / 2);
}
