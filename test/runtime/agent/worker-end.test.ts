import { describe, expect, it } from "@jest/globals";
import { endOfExit, harmOf, suspectsOf, type WorkerEnd } from "#runtime/agent/worker-end.ts";

const RUNNING = 7;
const LOADING = 9;

describe("endOfExit", () => {
  it.each([
    ["V8's abort a crash", "SIGABRT", false, "crashed"],
    ["an exit a crash", null, false, "crashed"],
    ["a SIGKILL from outside no fault of any script", "SIGKILL", false, "killed"],
    ["a SIGKILL beside one of the kernel's own a lack of memory", "SIGKILL", true, "outOfMemory"],
    ["a crash beside a lack of memory a crash", "SIGSEGV", true, "crashed"],
  ] as const)("calls %s", (_case, signal, hasKernelKilled, expected) => {
    expect(endOfExit(signal, hasKernelKilled)).toBe(expected);
  });
});

describe("suspectsOf", () => {
  it.each<[string, WorkerEnd, number, number[], number[]]>([
    ["whoever ran when it fell silent, not who was loaded beside", "hung", RUNNING, [LOADING], [RUNNING]],
    ["whoever was loaded when nobody ran", "hung", 0, [LOADING], [LOADING]],
    ["whoever ran when it crashed", "crashed", RUNNING, [], [RUNNING]],
    ["whoever was loaded when it crashed", "crashed", 0, [LOADING], [LOADING]],
    [
      "both when it crashed while one ran and another was loaded",
      "crashed",
      RUNNING,
      [LOADING],
      [RUNNING, LOADING],
    ],
    ["one once that is loaded anew while it runs", "overMemory", RUNNING, [RUNNING], [RUNNING]],
    ["whoever was loaded when memory ran out", "outOfMemory", 0, [LOADING], [LOADING]],
    ["nobody for a kill from outside", "killed", RUNNING, [LOADING], []],
    ["whoever ran when it fell silent on a machine without time", "starved", RUNNING, [LOADING], [RUNNING]],
    ["whoever ran when memory ran out", "outOfMemory", RUNNING, [], [RUNNING]],
  ])("suspects %s", (_case, end, running, loading, expected) => {
    expect(suspectsOf(end, { running, hasGrownFast: true }, [], loading)).toEqual(expected);
  });

  it("suspects whoever held too much, if anybody, when memory was used up bit by bit", () => {
    const bitByBit = { running: RUNNING, hasGrownFast: false };
    expect(suspectsOf("overMemory", bitByBit, [], [LOADING])).toEqual([]);
    expect(suspectsOf("overMemory", bitByBit, [3], [LOADING])).toEqual([3]);
    expect(suspectsOf("crashed", bitByBit, [3], [])).toEqual([RUNNING]);
  });
});

describe("harmOf", () => {
  it.each<[WorkerEnd, string | null]>([
    ["hung", "hung"],
    ["crashed", "crash"],
    ["overMemory", "overMemory"],
    ["outOfMemory", "overMemory"],
    ["killed", null],
    ["starved", "suspected"],
    ["stopped", null],
  ])("takes %s for %s", (end, harm) => {
    expect(harmOf(end)).toBe(harm);
  });
});
