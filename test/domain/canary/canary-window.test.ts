import { describe, expect, it } from "@jest/globals";
import { canaryWindowSeconds } from "#domain/canary/canary-window.ts";

describe("canaryWindowSeconds", () => {
  it.each([
    ["a second for the shortest runs", 10_000, 1],
    ["two seconds for a run of a minute", 60_000, 2],
    ["about a fortieth of the run", 1_800_000, 45],
    ["never more than a minute", 86_400_000, 60],
  ])("is %s", (_name, maxDurationMs, expected) => {
    expect(canaryWindowSeconds(maxDurationMs)).toBe(expected);
  });
});
