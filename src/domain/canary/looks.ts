/** When a gauge may be tested, and at what level. */
export interface Look {
  /** Counted from 1. */
  readonly look: number;
  /** Periods since the start that it takes in. */
  readonly periods: number;
  /** Of alpha: what a p-value is held against. */
  readonly level: number;
}

/**
 * Parts of alpha at a third, two thirds and the whole of the run, so that all three together spend alpha: almost
 * everything is kept for the end. Source: Lan, DeMets, "Discrete sequential boundaries for clinical trials", Biometrika
 * 1983, with the spending function of O'Brien and Fleming.
 */
const LEVELS = [0.0004, 0.129, 0.93] as const;

/** The looks of a run, and how far it is. */
export interface LookSchedule {
  /** In order of time. */
  readonly looks: readonly Look[];
  /** Periods of the whole run. */
  readonly plannedPeriods: number;
  readonly periodsPassed: number;
}

/** The planned looks of a run of so many periods. Gauges are looked at no other time, since their noise stays. */
export function plannedLooks(periods: number): Look[] {
  return LEVELS.map((level, at) => ({
    look: at + 1,
    periods: Math.ceil((periods * (at + 1)) / LEVELS.length),
    level,
  }));
}

/**
 * One more look, now: a run that is lost for another metric ends here, so this is the last look that gauges get, and all
 * that is left of their alpha goes to it. It decides which metrics are named, not whether the run fails.
 */
export function withClosingLook(schedule: LookSchedule): LookSchedule {
  const { looks, periodsPassed } = schedule;
  const made = looks.filter(({ periods }) => periods <= periodsPassed);
  const last = looks.at(-1);
  if (last === undefined || made.length === looks.length) return schedule;
  const closing = { look: made.length + 1, periods: periodsPassed, level: last.level };
  return { ...schedule, looks: [...made, closing] };
}
