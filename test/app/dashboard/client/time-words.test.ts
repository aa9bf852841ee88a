import { describe, expect, it } from "@jest/globals";
import { clockText, lengthText, promiseText, utcText } from "#app/dashboard/client/time-words.ts";

const nowMs = Date.parse("2026-03-02T14:21:07Z");
const tokyo = { locale: "en-GB", timeZone: "Asia/Tokyo" };

describe("clockText", () => {
  it.each([
    ["a time of today", "2026-03-02T13:05:00Z", "22:05"],
    ["midnight as the next day's", "2026-03-02T15:00:00Z", "3 Mar 00:00"],
    ["a time of another day", "2026-02-27T00:30:00Z", "27 Feb 09:30"],
  ])("writes %s in the viewer's zone", (_name, at, text) => {
    expect(clockText(Date.parse(at), nowMs, tokyo)).toBe(text);
  });
});

it("writes the instant in UTC", () => {
  expect(utcText(nowMs)).toBe("2026-03-02 14:21:07 UTC");
});

it.each([
  [34_900, "34 s"],
  [240_000, "4 min"],
  [7_200_000, "2 h"],
  [7_500_000, "2 h 5 min"],
  [260_000_000, "3 d"],
])("writes %d ms as %s", (lengthMs, text) => {
  expect(lengthText(lengthMs)).toBe(text);
});

it.each([
  [-240_000, "4 min early"],
  [120_000, "2 min late"],
  [30_000, "on time"],
])("says how %d ms past the promise stands to it: %s", (pastMs, text) => {
  expect(promiseText(nowMs + pastMs, nowMs)).toBe(text);
});
