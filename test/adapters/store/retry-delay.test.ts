import { describe, expect, it } from "@jest/globals";
import { retryDelayMs } from "#adapters/store/retry-delay.ts";

describe("the delay before a failed key runs again", () => {
  it.each([
    [1, 1_000, 2_000],
    [2, 2_000, 4_000],
    [3, 4_000, 8_000],
    [6, 30_000, 60_000],
    [1_000, 30_000, 60_000],
  ])("after %d failures in a row is from %d to %d ms", (failures, shortest, longest) => {
    expect(retryDelayMs(failures, 0)).toBe(shortest);
    expect(retryDelayMs(failures, 0.999_999)).toBeLessThanOrEqual(longest);
    expect(retryDelayMs(failures, 0.999_999)).toBeGreaterThan(longest * 0.999);
  });
});
