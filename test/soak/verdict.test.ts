import { describe, expect, it } from "@jest/globals";
import { findFailures, memoryPerMinute, memorySlopePct, type MemorySample, type Tally } from "./verdict.ts";

const tally: Tally = { requests: 10, answered: 9, errors: { overloaded: 1 }, cutOff: 0, unanswered: [] };

/** A sample a second for ten minutes. */
function samples(bytesAt: (minute: number) => number): MemorySample[] {
  return Array.from({ length: 600 }, (_, second) => ({ atMs: second * 1000, bytes: bytesAt(second / 60) }));
}

describe("memorySlopePct", () => {
  it.each([
    ["nothing when memory stays", () => 1e8, 0],
    ["two percent a minute of the mean", (minute: number) => 1e8 * (1 + 0.02 * (minute - 6)), 2],
    ["what shrinks as below zero", (minute: number) => 1e8 * (1 - 0.01 * (minute - 6)), -1],
    ["nothing of what the first two minutes took", (minute: number) => (minute < 2 ? 1e6 * minute : 1e8), 0],
  ])("gives %s", (_case, bytesAt, expected) => {
    expect(memorySlopePct(samples(bytesAt), 10)).toBeCloseTo(expected, 1);
  });

  it("says nothing of a run without samples", () => {
    expect(memorySlopePct([], 10)).toBe(0);
  });
});

describe("memoryPerMinute", () => {
  it("takes the median, so that one short peak does not show", () => {
    const [first] = memoryPerMinute(samples((minute) => (minute === 0.5 ? 1e12 : 2 ** 20 * 100)));
    expect(first).toEqual({ minute: 1, memoryMb: 100 });
  });
});

describe("findFailures", () => {
  it.each([
    ["nothing when all held, errors with an answer among it", 0.9, tally, true, 0],
    ["growing memory", 1, tally, true, 1],
    ["a request without an answer", 0, { ...tally, unanswered: ["GET /x: reset"] }, true, 1],
    ["that nothing was answered", 0, { ...tally, answered: 0 }, true, 1],
    ["the agent's end", 0, tally, false, 1],
  ])("finds %s", (_case, slopePct, given, isAgentUp, count) => {
    expect(findFailures(slopePct, given, isAgentUp)).toHaveLength(count);
  });
});
