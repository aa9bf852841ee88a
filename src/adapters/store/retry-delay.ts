import { CodeHostError } from "#domain/ports.ts";

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

/** The same, and not before the time at which GitHub asked to be called again, where the failure names one. */
export function delayAfterFailureMs(
  failure: unknown,
  { failures, random, nowMs }: { readonly failures: number; readonly random: number; readonly nowMs: number },
): number {
  const delayMs = retryDelayMs(failures, random);
  if (!(failure instanceof CodeHostError) || failure.retryAtMs === null) return delayMs;
  // Keys that were told the same time return one after the other.
  return Math.max(delayMs, failure.retryAtMs - nowMs + Math.round(random * delayMsMin));
}
