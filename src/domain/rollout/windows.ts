import type { ChangeWindow, RegionManifest } from "../manifest/fleet-manifest.ts";
import { withoutBlackouts } from "./blackouts.ts";
import { nextClockChangeMs, zoneOffsetMs } from "./zone-offsets.ts";

/** Epoch milliseconds; the end is exclusive. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

type Hours = Pick<RegionManifest, "timezone" | "windows" | "blackouts">;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;
/** A weekly window comes again within 8 days; one that a change of clocks swallowed, a week later. */
const SEARCH_MS = 22 * DAY_MS;
const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const WINDOW = /^([A-Za-z,-]+) ([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})$/;

/**
 * Reads "Mon-Thu 09:00-16:00", "Sat,Sun 10:00-12:00" or "Fri 22:00-02:00" (into the next day); null when it makes
 * no sense. "Sat-Mon" goes across the week's end. Equal hours are refused; a whole day is 00:00-24:00.
 */
export function parseWindow(text: string): ChangeWindow | null {
  const match = WINDOW.exec(text);
  if (match === null) return null;
  const days = parseDays(match[1] ?? "");
  const [startHour = 0, startMinutes = 0, endHour = 0, endMinutes = 0] = match.slice(2).map(Number);
  const startMinute = startHour * 60 + startMinutes;
  const endMinute = endHour * 60 + endMinutes;
  const inRange =
    startMinutes < 60 && endMinutes < 60 && startMinute < DAY_MINUTES && endMinute <= DAY_MINUTES;
  if (days === null || !inRange || startMinute === endMinute) return null;
  return { days, startMinute, endMinute: endMinute > startMinute ? endMinute : endMinute + DAY_MINUTES };
}

/**
 * Whether the region may change at that moment: whether its clock on the wall shows a time inside a window. `own` are
 * a script's own windows, which must be open as well.
 */
export function windowOpen(region: Hours, atMs: number, own: readonly ChangeWindow[] = []): boolean {
  const moment = [{ startMs: atMs, endMs: atMs + 1 }];
  if (withoutBlackouts(moment, region.blackouts ?? [], region.timezone).length === 0) return false;
  if (own.length > 0 && !windowOpen({ timezone: region.timezone, windows: own }, atMs)) return false;
  if (region.windows.length === 0) return true;
  const localMs = atMs + zoneOffsetMs(region.timezone, atMs);
  const day = Math.floor(localMs / DAY_MS);
  const minute = (localMs - day * DAY_MS) / MINUTE_MS;
  return region.windows.some(
    (window) =>
      covers(window, weekday(day), minute) || covers(window, weekday(day - 1), minute + DAY_MINUTES),
  );
}

/** The first moment at or after `fromMs` at which the region may change; null when there is none in 22 days. */
export function nextOpening(region: Hours, fromMs: number, own: readonly ChangeWindow[] = []): number | null {
  return openIntervals(region, fromMs, fromMs + SEARCH_MS, own)[0]?.startMs ?? null;
}

/** All that is open between two moments, merged and in order. */
export function openIntervals(
  region: Hours,
  fromMs: number,
  toMs: number,
  own: readonly ChangeWindow[] = [],
): Interval[] {
  if (toMs <= fromMs) return [];
  if (own.length > 0) {
    const narrowing = openIntervals({ timezone: region.timezone, windows: own }, fromMs, toMs);
    return intersection([openIntervals(region, fromMs, toMs), narrowing]);
  }
  return withoutBlackouts(weeklyIntervals(region, fromMs, toMs), region.blackouts ?? [], region.timezone);
}

function weeklyIntervals({ timezone, windows }: Hours, fromMs: number, toMs: number): Interval[] {
  if (windows.length === 0) return [{ startMs: fromMs, endMs: toMs }];
  return merged(segments(timezone, fromMs, toMs).flatMap((segment) => openIn(segment, windows)));
}

/** What is open in all of them. Each list is merged and in order, and so is the result. */
export function intersection(lists: readonly (readonly Interval[])[]): Interval[] {
  const [first, ...rest] = lists;
  let common: Interval[] = [...(first ?? [])];
  for (const other of rest) {
    const next: Interval[] = [];
    let index = 0;
    for (const interval of common) {
      while (index < other.length && (other[index]?.endMs ?? 0) <= interval.startMs) index += 1;
      for (let look = index; look < other.length; look += 1) {
        const candidate = other[look];
        if (candidate === undefined || candidate.startMs >= interval.endMs) break;
        next.push({
          startMs: Math.max(interval.startMs, candidate.startMs),
          endMs: Math.min(interval.endMs, candidate.endMs),
        });
      }
    }
    common = next;
  }
  return common;
}

interface Segment extends Interval {
  readonly offsetMs: number;
}

/** Cuts the time where the zone's clocks change, so that inside a segment local time is time plus a constant. */
function segments(timezone: string, fromMs: number, toMs: number): Segment[] {
  const cut: Segment[] = [];
  for (let startMs = fromMs; startMs < toMs;) {
    const endMs = nextClockChangeMs(timezone, startMs, toMs) ?? toMs;
    cut.push({ startMs, endMs, offsetMs: zoneOffsetMs(timezone, startMs) });
    startMs = endMs;
  }
  return cut;
}

function openIn(segment: Segment, windows: readonly ChangeWindow[]): Interval[] {
  const open: Interval[] = [];
  const firstDay = Math.floor((segment.startMs + segment.offsetMs) / DAY_MS) - 1;
  const lastDay = Math.floor((segment.endMs + segment.offsetMs) / DAY_MS);
  for (let day = firstDay; day <= lastDay; day += 1) {
    for (const window of windows) {
      if (!window.days.includes(weekday(day))) continue;
      const midnightMs = day * DAY_MS - segment.offsetMs;
      const startMs = Math.max(segment.startMs, midnightMs + window.startMinute * MINUTE_MS);
      const endMs = Math.min(segment.endMs, midnightMs + window.endMinute * MINUTE_MS);
      if (startMs < endMs) open.push({ startMs, endMs });
    }
  }
  return open;
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const interval of intervals.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = result.at(-1);
    if (last === undefined || interval.startMs > last.endMs) result.push(interval);
    else result[result.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, interval.endMs) };
  }
  return result;
}

function covers(window: ChangeWindow, onWeekday: number, minute: number): boolean {
  return window.days.includes(onWeekday) && window.startMinute <= minute && minute < window.endMinute;
}

/** ISO weekday of a count of days since 1970-01-01, which was a Thursday. */
function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

function parseDays(text: string): number[] | null {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const ends = part.split("-").map((name) => DAY_NAMES.indexOf(name) + 1);
    const [first, last = first] = ends;
    if (ends.length > 2 || first === undefined || last === undefined || ends.includes(0)) return null;
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}
