/** A region in which no wave should start now. */
export interface Alarm {
  readonly region: string;
  readonly reason: string;
}

/** What a region's nodes measured of one script's stable revisions lately. */
export interface ScriptCounts {
  readonly region: string;
  readonly script: string;
  readonly requests: number;
  readonly errors: number;
}

const requestsMin = 8;
const errorShareMax = 0.1;
const scriptsMin = 3;

/**
 * Regions that are in trouble themselves: with data of at least three scripts besides this one (null for none), more than half of them
 * answer a tenth of their requests with errors. One broken script never holds up another.
 */
export function regionAlarms(counts: readonly ScriptCounts[], script: string | null): Alarm[] {
  const others = counts.filter((entry) => entry.script !== script && entry.requests >= requestsMin);
  const alarms: Alarm[] = [];
  for (const [region, known] of Map.groupBy(others, (entry) => entry.region)) {
    const bad = known.filter((entry) => entry.errors / entry.requests > errorShareMax);
    if (known.length < scriptsMin || bad.length * 2 <= known.length) continue;
    const reason = `${bad.length} of ${known.length} other scripts fail in ${region}`;
    alarms.push({ region, reason });
  }
  return alarms;
}
