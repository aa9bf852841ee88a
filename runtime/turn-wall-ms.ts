const FACTOR_MIN = 1.2;
/** Of the longest turn here: past it the agent would take the worker for hung. */
const LONGEST_FACTOR = 1.5;

/**
 * How long a turn may take by the clock, whole milliseconds, so that it gets the CPU that it may use: more where `load`
 * processes want each core, since the clock runs while a thread waits.
 */
export function turnWallMs(cpuMs: number, turnCpuMsMax: number, load: number): number {
  // Isolates take whole milliseconds alone, and a load is hardly ever a whole number.
  return Math.ceil(Math.max(cpuMs * FACTOR_MIN, Math.min(cpuMs * load, longestTurnMs(turnCpuMsMax))));
}

/** The longest that any turn is given by the clock where none may take more CPU than this, milliseconds. */
export function longestTurnMs(turnCpuMsMax: number): number {
  return turnCpuMsMax * LONGEST_FACTOR;
}
