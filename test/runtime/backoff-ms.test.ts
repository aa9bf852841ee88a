import { expect, it } from "@jest/globals";
import { backoffMs } from "#runtime/backoff-ms.ts";

it.each([
  ["starts at half a second", 1, 0.999_99, 500],
  ["has its lower half fixed", 1, 0, 250],
  ["doubles", 3, 0, 1000],
  ["ends at thirty seconds", 50, 0.999_99, 30_000],
])("a back-off %s", (_rule, attempt, random, expected) => {
  expect(backoffMs(attempt, random)).toBe(expected);
});
