import { IANAZone } from "luxon";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Days that are remembered in each zone, those that were worked out last: plans look some weeks ahead. */
const DAYS_MAX = 1_000;

/** One day of UTC in a time zone, in which its clocks change once at most: local time is time plus an offset. */
interface ZoneDay {
  readonly beforeMs: number;
  readonly afterMs: number;
  /** From when on `afterMs` is the offset; the day's end where the clocks do not change. */
  readonly changeMs: number;
}

const daysOfZones = new Map<string, Map<number, ZoneDay>>();

/** What local time in the zone is ahead of UTC at that moment, milliseconds. A zone's days are worked out once. */
export function zoneOffsetMs(timezone: string, atMs: number): number {
  const { beforeMs, afterMs, changeMs } = zoneDay(timezone, Math.floor(atMs / DAY_MS));
  return atMs < changeMs ? beforeMs : afterMs;
}

/** When the zone's clocks first change after `fromMs`, before `toMs`; null when they do not. */
export function nextClockChangeMs(timezone: string, fromMs: number, toMs: number): number | null {
  for (let day = Math.floor(fromMs / DAY_MS); day * DAY_MS < toMs; day += 1) {
    const { beforeMs, afterMs, changeMs } = zoneDay(timezone, day);
    if (beforeMs !== afterMs && changeMs > fromMs && changeMs < toMs) return changeMs;
  }
  return null;
}

function zoneDay(timezone: string, day: number): ZoneDay {
  const known = daysOfZones.get(timezone) ?? new Map<number, ZoneDay>();
  daysOfZones.set(timezone, known);
  const found = known.get(day);
  if (found) return found;
  const [oldest] = known.keys();
  if (known.size >= DAYS_MAX && oldest !== undefined) known.delete(oldest);
  const made = workedOut(IANAZone.create(timezone), day * DAY_MS);
  known.set(day, made);
  return made;
}

function workedOut(zone: IANAZone, startMs: number): ZoneDay {
  const offsetMs = (atMs: number) => zone.offset(atMs) * MINUTE_MS;
  const endMs = startMs + DAY_MS;
  const [beforeMs, afterMs] = [offsetMs(startMs), offsetMs(endMs)];
  if (beforeMs === afterMs) return { beforeMs, afterMs, changeMs: endMs };
  let [lowMs, highMs] = [startMs, endMs];
  while (highMs - lowMs > 1) {
    const middleMs = Math.floor((lowMs + highMs) / 2);
    if (offsetMs(middleMs) === afterMs) highMs = middleMs;
    else lowMs = middleMs;
  }
  return { beforeMs, afterMs, changeMs: highMs };
}
