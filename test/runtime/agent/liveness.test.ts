import { describe, expect, it } from "@jest/globals";
import { isSuspicious, judgeLiveness } from "#runtime/agent/liveness.ts";

const CALM = { silentMs: 50, cpuMs: 10, rssMb: 100, rssMbMax: 1000, hungCpuMs: 800, turnMsMax: 750 };

describe("judgeLiveness", () => {
  it.each([
    ["a worker that speaks", {}, "alive"],
    ["one that speaks while it works", { cpuMs: 5000 }, "alive"],
    ["one that is silent for a moment", { silentMs: 250, cpuMs: 250 }, "alive"],
    ["one that is silent and busy", { silentMs: 900, cpuMs: 850 }, "hung"],
    ["one that is silent and idle", { silentMs: 3000, cpuMs: 20 }, "alive"],
    ["one that is silent and idle for long", { silentMs: 5100, cpuMs: 20 }, "starved"],
    ["one that gets little CPU and may still be in its turn", { silentMs: 1400, cpuMs: 500 }, "alive"],
    ["one that should have been cut off twice over", { silentMs: 1500, cpuMs: 500 }, "hung"],
    ["one that is long silent, and hardly ran", { silentMs: 3000, cpuMs: 300 }, "alive"],
    ["one that is too large", { rssMb: 1001 }, "overMemory"],
  ])("judges %s", (_case, change, expected) => {
    expect(judgeLiveness({ ...CALM, ...change })).toBe(expected);
  });
});

describe("isSuspicious", () => {
  it.each([
    ["not a worker that speaks while it works", { cpuMs: 5000 }, false],
    ["not one that is silent and idle", { silentMs: 3000 }, false],
    ["one that is nearly too large", { rssMb: 950 }, true],
    ["one that is silent and busy for a part of what a hang takes", { silentMs: 400, cpuMs: 350 }, true],
  ])("suspects %s", (_case, change, expected) => {
    expect(isSuspicious({ ...CALM, ...change })).toBe(expected);
  });
});
