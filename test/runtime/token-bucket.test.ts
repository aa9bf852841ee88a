import { expect, it } from "@jest/globals";
import { TokenBucket } from "#runtime/token-bucket.ts";

it("gives what may be done at once, then as fast as it fills", () => {
  const bucket = new TokenBucket(10, 3, 0);
  const takeAt = (nowMs: number): boolean => bucket.take(nowMs);
  expect([0, 0, 0, 0].map(takeAt)).toEqual([true, true, true, false]);
  expect([50, 100, 150].map(takeAt)).toEqual([false, true, false]);
  expect([60_000, 60_000, 60_000, 60_000].map(takeAt)).toEqual([true, true, true, false]);
});

it("takes a credit, and no more than its burst", () => {
  const bucket = new TokenBucket(0, 3, 0);
  const takeAll = (): number => [1, 2, 3, 4].filter(() => bucket.take(0)).length;
  expect(takeAll()).toBe(3);
  bucket.credit(2);
  expect(takeAll()).toBe(2);
  bucket.credit(9);
  expect(takeAll()).toBe(3);
});
