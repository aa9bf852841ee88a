import { describe, expect, it } from "@jest/globals";
import { turnWallMs } from "#runtime/turn-wall-ms.ts";

describe("turnWallMs", () => {
  it.each([
    ["a little more than the CPU on an idle machine", 250, 0.1, 300],
    ["as often the CPU as processes wait for each core", 250, 2, 500],
    ["no more than what would pass for a hang", 250, 40, 750],
    ["whole milliseconds", 99.5, 2.37, 236],
    ["no less than a little more, also for the longest turn", 500, 0, 600],
  ])("gives %s", (_case, cpuMs, load, expected) => {
    expect(turnWallMs(cpuMs, 500, load)).toBe(expected);
  });
});
