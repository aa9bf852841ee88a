import { describe, expect, it } from "@jest/globals";
import { CodeHostError } from "#domain/ports.ts";
import { delayAfterFailureMs, retryDelayMs } from "#adapters/store/retry-delay.ts";

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

describe("the delay after a failure", () => {
  const run = { failures: 1, random: 0.5, nowMs: 1_000_000 };

  it("is not over before the time at which GitHub asked to be called again", () => {
    const limited = new CodeHostError("transient", "GitHub answered 429", 1_090_000);
    expect(delayAfterFailureMs(limited, run)).toBe(90_500);
  });

  it.each([
    ["names a time that is past", new CodeHostError("transient", "GitHub answered 429", 900_000)],
    ["names no time", new CodeHostError("transient", "GitHub answered 502")],
    ["is not GitHub's", new Error("no connection")],
  ])("is the usual one when it %s", (_name, failure) => {
    expect(delayAfterFailureMs(failure, run)).toBe(retryDelayMs(1, 0.5));
  });
});
