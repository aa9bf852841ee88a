import { describe, expect, it } from "@jest/globals";
import { TurnClock } from "#runtime/isolates/turn-clock.ts";

describe("TurnClock", () => {
  it("takes the time of a short turn for its CPU, without looking at the thread", () => {
    let looks = 0;
    const clock = new TurnClock(() => {
      looks += 1;
      return 0;
    });
    clock.begin(100);
    expect(clock.turnUs(100, 100.5)).toBeCloseTo(500);
    expect(looks).toBe(1);
  });

  it.each([
    ["all of a turn that never waited", 10_000, 10_000],
    ["what is left of a turn that waited for a core", 3000, 3000],
    ["no more than the turn took", 12_000, 10_000],
  ])("counts %s", (_, cpuUs, expected) => {
    let usedUs = 50_000;
    const clock = new TurnClock(() => usedUs);
    clock.begin(100);
    usedUs += cpuUs;
    expect(clock.turnUs(100, 110)).toBeCloseTo(expected);
  });

  it("does not charge a turn with what an earlier one in the tick waited", () => {
    let usedUs = 0;
    const clock = new TurnClock(() => usedUs);
    clock.begin(0);
    usedUs = 1000;
    expect(clock.turnUs(0, 10)).toBeCloseTo(1000);
    usedUs = 11_000;
    expect(clock.turnUs(10, 20)).toBeCloseTo(10_000);
  });
});
