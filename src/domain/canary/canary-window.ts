/** Runs are watched in about so many steps: enough for the planned looks of the judge. */
const windowsWanted = 40;
const windowSecondsMax = 60;

/**
 * Length of the windows in which nodes count for a run, whole seconds: a minute for runs of 40 minutes and more, shorter
 * ones so that the judge gets about 40 of them, and never less than a second, since nodes ask their workers twice in one.
 */
export function canaryWindowSeconds(maxDurationMs: number): number {
  const seconds = Math.ceil(maxDurationMs / windowsWanted / 1000);
  return Math.min(windowSecondsMax, Math.max(1, seconds));
}
