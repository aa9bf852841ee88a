import { expect, it } from "@jest/globals";
import { MemoryGrowth } from "#runtime/agent/memory-growth.ts";

it("tells how much was added within the last second", () => {
  const growth = new MemoryGrowth();
  expect(growth.mb).toBe(0);
  for (const [atMs, mb] of [
    [0, 100],
    [500, 300],
    [1200, 310],
    [1400, 400],
  ] as const)
    growth.look(mb, atMs);
  expect(growth.mb).toBe(100);
});
