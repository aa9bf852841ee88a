import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { IANAZone } from "luxon";
import { nextClockChangeMs, zoneOffsetMs } from "#domain/rollout/zone-offsets.ts";

const zones = [
  "UTC",
  "Europe/Dublin",
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
];
const anyZone = fc.constantFrom(...zones);
const anyMs = fc.integer({ min: Date.parse("2015-01-01"), max: Date.parse("2035-01-01") });

describe("a zone's offset", () => {
  it("is what luxon says of that moment", () => {
    fc.assert(
      fc.property(anyZone, anyMs, (zone, atMs) => {
        expect(zoneOffsetMs(zone, atMs)).toBe(IANAZone.create(zone).offset(atMs) * 60_000);
      }),
    );
  });

  it.each([
    ["Europe/Dublin", "2026-03-29T01:00:00Z", 0, 3_600_000],
    ["Europe/Dublin", "2026-10-25T01:00:00Z", 3_600_000, 0],
    ["America/New_York", "2026-11-01T06:00:00Z", -14_400_000, -18_000_000],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", 39_600_000, 37_800_000],
  ])("of %s changes at %s to the millisecond", (zone, at, beforeMs, afterMs) => {
    const changeMs = Date.parse(at);
    expect(zoneOffsetMs(zone, changeMs - 1)).toBe(beforeMs);
    expect(zoneOffsetMs(zone, changeMs)).toBe(afterMs);
    expect(nextClockChangeMs(zone, changeMs - 86_400_000, changeMs + 86_400_000)).toBe(changeMs);
  });

  it("does not change where the clocks stay as they are", () => {
    const [fromMs, toMs] = [Date.parse("2026-01-01"), Date.parse("2027-01-01")];
    expect(nextClockChangeMs("Asia/Kolkata", fromMs, toMs)).toBeNull();
    expect(nextClockChangeMs("Europe/Dublin", Date.parse("2026-04-01"), Date.parse("2026-10-01"))).toBeNull();
  });
});
