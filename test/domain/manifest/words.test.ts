import { describe, expect, it } from "@jest/globals";
import { closest } from "#domain/manifest/closest.ts";
import { formatDuration, parseDurationMs } from "#domain/manifest/duration.ts";

describe("durations", () => {
  it.each([
    ["250ms", 250],
    ["2s", 2000],
    ["90s", 90_000],
    ["10m", 600_000],
    ["4h", 14_400_000],
    ["1d", 86_400_000],
    ["0s", 0],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(["", "10", "m", "-1m", "1.5h", "1 h", "10M", "1h30m", "1e3s", "9999999999s"])(
    "%j is none",
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );

  it.each([
    [0, "0ms"],
    [250, "250ms"],
    [20_000, "20s"],
    [20_001, "21s"],
    [6_080_000, "1h 41m"],
    [172_800_000, "2d"],
    [86_400_000 + 60_000, "1d"],
  ])("%d milliseconds are %s in words", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("the word that was meant", () => {
  it.each([
    ["us-wst-2", ["eu-west-1", "us-west-2"], "us-west-2"],
    ["limts", ["limits", "labels"], "limits"],
    ["Fleet ", ["Fleet", "Script"], "Fleet"],
    ["banana", ["limits", "labels"], null],
    ["x".repeat(1000), ["x".repeat(1000)], null],
    ["", ["a"], null],
  ])("for %j is found among %j", (word, candidates, expected) => {
    expect(closest(word, candidates)).toBe(expected);
  });
});
