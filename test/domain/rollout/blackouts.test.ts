import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parseBlackout } from "#domain/rollout/blackouts.ts";
import { openIntervals, parseWindow, windowOpen } from "#domain/rollout/windows.ts";

const dublin = { timezone: "Europe/Dublin", windows: [] };
const christmas = parseBlackout("2026-12-24..2026-12-26");

describe("blackouts", () => {
  it.each([
    ["2026-12-24", { firstDay: "2026-12-24", lastDay: "2026-12-24" }],
    ["2026-12-24..2026-12-26", { firstDay: "2026-12-24", lastDay: "2026-12-26" }],
    ["2026-12-26..2026-12-24", null],
    ["2026-02-30", null],
    ["christmas", null],
  ])("%s is read as %j", (text, expected) => {
    expect(parseBlackout(text)).toEqual(expected);
  });

  it("close whole days of the region's own time", () => {
    const kiritimati = {
      timezone: "Pacific/Kiritimati",
      windows: [],
      blackouts: christmas === null ? [] : [christmas],
    };
    const open = openIntervals(kiritimati, Date.parse("2026-12-20T00:00Z"), Date.parse("2026-12-30T00:00Z"));
    expect(
      open.map(({ startMs, endMs }) => [startMs, endMs].map((ms) => new Date(ms).toISOString())),
    ).toEqual([
      ["2026-12-20T00:00:00.000Z", "2026-12-23T10:00:00.000Z"],
      ["2026-12-26T10:00:00.000Z", "2026-12-30T00:00:00.000Z"],
    ]);
  });

  it("agree with what is open at any moment", () => {
    const window = parseWindow("Mon-Fri 09:00-16:00");
    const region = {
      ...dublin,
      windows: window === null ? [] : [window],
      blackouts: christmas === null ? [] : [christmas],
    };
    const [fromMs, toMs] = [Date.parse("2026-12-18T00:00Z"), Date.parse("2027-01-03T00:00Z")];
    const open = openIntervals(region, fromMs, toMs);
    fc.assert(
      fc.property(fc.integer({ min: fromMs, max: toMs - 1 }), (atMs) => {
        const isInside = open.some(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
        expect(windowOpen(region, atMs)).toBe(isInside);
      }),
    );
  });
});
