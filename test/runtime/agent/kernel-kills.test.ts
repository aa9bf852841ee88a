import { expect, it } from "@jest/globals";
import { KernelKills } from "#runtime/agent/kernel-kills.ts";

it("knows for a moment that the kernel has ended a process", () => {
  let count: number | null = 3;
  const kills = new KernelKills(() => count);
  expect(kills.wereRecent(0)).toBe(false);
  count = 4;
  kills.look(1000);
  expect(kills.wereRecent(1100)).toBe(true);
  expect(kills.wereRecent(9000)).toBe(false);
  count = null;
  expect(kills.wereRecent(9100)).toBe(false);
});
