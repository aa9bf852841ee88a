import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { DateTime } from "luxon";
import {
  intersection,
  nextOpening,
  openIntervals,
  parseWindow,
  windowOpen,
} from "#domain/rollout/windows.ts";

const ZONES = [
  "UTC",
  "Europe/Dublin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
];
const DAY_MS = 86_400_000;

function region(timezone: string, ...windows: string[]) {
  return { timezone, windows: windows.map((text) => parsed(text)) };
}

function parsed(text: string) {
  const window = parseWindow(text);
  if (window === null) throw new Error(`not a window: ${text}`);
  return window;
}

function at(local: string, zone: string): number {
  return DateTime.fromISO(local, { zone }).toMillis();
}

describe("a window's text", () => {
  it.each([
    ["Mon-Thu 09:00-16:00", { days: [1, 2, 3, 4], startMinute: 540, endMinute: 960 }],
    ["Sat,Sun 10:00-12:30", { days: [6, 7], startMinute: 600, endMinute: 750 }],
    ["Sat-Mon 00:00-24:00", { days: [1, 6, 7], startMinute: 0, endMinute: 1440 }],
    ["Mon,Wed-Thu 09:00-10:00", { days: [1, 3, 4], startMinute: 540, endMinute: 600 }],
    ["Fri 22:00-02:00", { days: [5], startMinute: 1320, endMinute: 1560 }],
  ])("%s is understood", (text, window) => {
    expect(parseWindow(text)).toEqual(window);
  });

  it.each([
    "Mon 09:00-09:00",
    "Mun 09:00-10:00",
    "Mon-Wed-Fri 09:00-10:00",
    "Mon 24:00-25:00",
    "09:00-10:00",
    "",
  ])("%j is refused", (text) => {
    expect(parseWindow(text)).toBeNull();
  });
});

describe("a region's windows", () => {
  it("are always open when there are none", () => {
    expect(windowOpen(region("UTC"), 0)).toBe(true);
    expect(nextOpening(region("UTC"), 123)).toBe(123);
  });

  it("open at the start and close at the end, in local time", () => {
    const dublin = region("Europe/Dublin", "Mon-Thu 09:00-16:00");
    expect(windowOpen(dublin, at("2026-07-06T09:00", "Europe/Dublin"))).toBe(true);
    expect(windowOpen(dublin, at("2026-07-06T08:59:59.999", "Europe/Dublin"))).toBe(false);
    expect(windowOpen(dublin, at("2026-07-06T16:00", "Europe/Dublin"))).toBe(false);
    expect(windowOpen(dublin, at("2026-07-10T10:00", "Europe/Dublin"))).toBe(false);
  });

  it("open next on Monday after a Thursday", () => {
    const dublin = region("Europe/Dublin", "Mon-Thu 09:00-16:00");
    const thursdayEvening = at("2026-07-09T16:00", "Europe/Dublin");
    expect(nextOpening(dublin, thursdayEvening)).toBe(at("2026-07-13T09:00", "Europe/Dublin"));
  });

  it("go on past midnight", () => {
    const late = region("America/New_York", "Fri 22:00-02:00");
    expect(windowOpen(late, at("2026-07-11T01:59", "America/New_York"))).toBe(true);
    expect(windowOpen(late, at("2026-07-11T02:00", "America/New_York"))).toBe(false);
    expect(windowOpen(late, at("2026-07-10T01:00", "America/New_York"))).toBe(false);
  });

  it("skip the hour that the clocks skip", () => {
    // Dublin, 29 March 2026: 01:00 becomes 02:00.
    const night = region("Europe/Dublin", "Sun 01:15-02:30");
    expect(openIntervals(night, at("2026-03-29T00:00", "UTC"), at("2026-03-29T23:00", "UTC"))).toEqual([
      { startMs: at("2026-03-29T01:00Z", "UTC"), endMs: at("2026-03-29T01:30Z", "UTC") },
    ]);
    const swallowed = region("Europe/Dublin", "Sun 01:15-01:45");
    expect(nextOpening(swallowed, at("2026-03-28T12:00Z", "UTC"))).toBe(
      at("2026-04-05T01:15", "Europe/Dublin"),
    );
  });

  it("are open in both of the hours that the clocks repeat", () => {
    // Dublin, 25 October 2026: 02:00 becomes 01:00.
    const night = region("Europe/Dublin", "Sun 01:15-01:45");
    expect(openIntervals(night, at("2026-10-25T00:00Z", "UTC"), at("2026-10-25T12:00Z", "UTC"))).toEqual([
      { startMs: at("2026-10-25T00:15Z", "UTC"), endMs: at("2026-10-25T00:45Z", "UTC") },
      { startMs: at("2026-10-25T01:15Z", "UTC"), endMs: at("2026-10-25T01:45Z", "UTC") },
    ]);
  });

  it("are narrowed by a script's own", () => {
    const dublin = region("Europe/Dublin", "Mon-Thu 09:00-16:00");
    const own = [parsed("Tue-Fri 15:00-20:00")];
    const monday = at("2026-07-06T15:30", "Europe/Dublin");
    expect(windowOpen(dublin, monday, own)).toBe(false);
    expect(nextOpening(dublin, monday, own)).toBe(at("2026-07-07T15:00", "Europe/Dublin"));
    expect(windowOpen(dublin, at("2026-07-07T15:30", "Europe/Dublin"), own)).toBe(true);
    expect(windowOpen(dublin, at("2026-07-07T16:30", "Europe/Dublin"), own)).toBe(false);
  });

  it("never open when a script's own windows exclude them", () => {
    const own = [parsed("Sat 10:00-11:00")];
    expect(nextOpening(region("UTC", "Mon-Thu 09:00-16:00"), 0, own)).toBeNull();
  });
});

const anyWindow = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    startMinute: fc.integer({ min: 0, max: 1439 }),
    length: fc.integer({ min: 1, max: 1440 }),
  })
  .map(({ days, startMinute, length }) => ({ days, startMinute, endMinute: startMinute + length }));
const anyRegion = fc.record({
  timezone: fc.constantFrom(...ZONES),
  windows: fc.array(anyWindow, { minLength: 1, maxLength: 4 }),
});
const anyMoment = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2028, 0) });

describe("the laws of windows", () => {
  it("the next opening is open, and nothing is open before it", () => {
    fc.assert(
      fc.property(
        anyRegion,
        anyMoment,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (hours, fromMs, share) => {
          const opensMs = nextOpening(hours, fromMs);
          if (opensMs === null) return;
          expect(windowOpen(hours, opensMs)).toBe(true);
          const before = fromMs + Math.floor((opensMs - fromMs) * share);
          if (before < opensMs) expect(windowOpen(hours, before)).toBe(false);
        },
      ),
    );
  });

  it("intervals hold exactly the moments that are open", () => {
    fc.assert(
      fc.property(
        anyRegion,
        anyMoment,
        fc.integer({ min: 0, max: 10 * DAY_MS }),
        (hours, fromMs, offsetMs) => {
          const intervals = openIntervals(hours, fromMs, fromMs + 10 * DAY_MS + 1);
          const momentMs = fromMs + offsetMs;
          const inside = intervals.some(({ startMs, endMs }) => startMs <= momentMs && momentMs < endMs);
          expect(inside).toBe(windowOpen(hours, momentMs));
        },
      ),
    );
  });

  it("an intersection holds what is in all lists", () => {
    fc.assert(
      fc.property(
        anyRegion,
        anyRegion,
        anyMoment,
        fc.integer({ min: 0, max: 5 * DAY_MS }),
        (a, b, fromMs, offsetMs) => {
          const toMs = fromMs + 5 * DAY_MS + 1;
          const common = intersection([openIntervals(a, fromMs, toMs), openIntervals(b, fromMs, toMs)]);
          const momentMs = fromMs + offsetMs;
          const inside = common.some(({ startMs, endMs }) => startMs <= momentMs && momentMs < endMs);
          expect(inside).toBe(windowOpen(a, momentMs) && windowOpen(b, momentMs));
        },
      ),
    );
  });
});
