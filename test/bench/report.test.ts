import { describe, expect, it } from "@jest/globals";
import { compare, formatReport, median } from "./report.ts";

describe("the report of a benchmark", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
  ])("the median of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("compares round by round, so that a slow spell of the machine changes nothing", () => {
    const peer = { name: "peer", version: "1", values: [50, 5, 60] };
    expect(compare("a-vs-b", "higher", [100, 10, 120], peer)).toEqual({
      name: "a-vs-b",
      value: 2,
      unit: "ratio",
      better: "higher",
      ours: 100,
      peer: { name: "peer", version: "1", value: 50 },
    });
  });

  it("prints one line a result for people", () => {
    const results = [compare("a-vs-b", "lower", [1], { name: "peer", version: "1", values: [4] })];
    const report = { suite: "s", rounds: 1, host: { cores: 2, load1: 0.5 }, results };
    expect(formatReport(report)).toBe(
      "s: 1 rounds, 2 cores, load 0.5 at the start\na-vs-b  0.25 x  (lower is better)  ours 1, peer 1 4\n",
    );
  });
});
