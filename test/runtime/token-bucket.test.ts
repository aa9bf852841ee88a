import { expect, it } from "@jest/globals";
import { TokenBucket } from "#runtime/token-bucket.ts";

it("gives what may be done at once, then as fast as it fills", () => {
  const bucket = new TokenBucket(10, 3, 0);
  const takeAt = (nowMs: number): boolean => bucket.take(nowMs);
  expect([0, 0, 0, 0].map(takeAt)).toEqual([true, true, true, false]);
  expect([50, 100, 150].map(takeAt)).toEqual([false, true, false]);
  expect([60_000, 60_000, 60_000, 60_000].map(takeAt)).toEqual([true, true, true, false]);
});
