import { DateTime } from "luxon";
import type { Blackout } from "../manifest/fleet-manifest.ts";
import type { Interval } from "./windows.ts";

const BLACKOUT = /^(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?$/;

/** Reads "2026-12-24" or "2026-12-24..2026-12-26", first and last day included; null when it makes no sense. */
export function parseBlackout(text: string): Blackout | null {
  const [, firstDay, lastDay = firstDay] = BLACKOUT.exec(text) ?? [];
  if (firstDay === undefined || lastDay === undefined || lastDay < firstDay) return null;
  const areDays = [firstDay, lastDay].every((day) => DateTime.fromISO(day, { zone: "utc" }).isValid);
  return areDays ? { firstDay, lastDay } : null;
}

/** What is left of the intervals, which are merged and in order, outside of the blackouts in that time zone. */
export function withoutBlackouts(
  intervals: readonly Interval[],
  blackouts: readonly Blackout[],
  timezone: string,
): Interval[] {
  let left: Interval[] = [...intervals];
  for (const { firstDay, lastDay } of blackouts) {
    const fromMs = DateTime.fromISO(firstDay, { zone: timezone }).startOf("day").toMillis();
    const toMs = DateTime.fromISO(lastDay, { zone: timezone }).plus({ days: 1 }).startOf("day").toMillis();
    left = left.flatMap(({ startMs, endMs }) => {
      const before = { startMs, endMs: Math.min(endMs, fromMs) };
      const after = { startMs: Math.max(startMs, toMs), endMs };
      return [before, after].filter((part) => part.startMs < part.endMs);
    });
  }
  return left;
}
