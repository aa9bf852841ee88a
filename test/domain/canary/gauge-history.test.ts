import { describe, expect, it } from "@jest/globals";
import { halvesHistory } from "#domain/canary/gauge-history.ts";
import type { LabelledSeries } from "#domain/canary/scraped-series.ts";

const stepMs = 60_000;

/** A counter of a node, a value a minute from 0 on; null where it was not seen. */
function counter(node: string, values: readonly (number | null)[]): LabelledSeries {
  const seen = values.flatMap((value, at): [number, number][] =>
    value === null ? [] : [[at * stepMs, value]],
  );
  return { labels: { node }, values: new Map(seen) };
}

function historyOf(sums: LabelledSeries[], counts: LabelledSeries[], minutes: number): number[] {
  return halvesHistory(sums, counts, { startMs: 0, endMs: minutes * stepMs, stepMs });
}

describe("the history of two halves of the nodes", () => {
  const counts = [counter("a", [0, 10, 20, 30]), counter("b", [0, 10, 20, 30])];

  it("tells how they differed, minute by minute", () => {
    const sums = [counter("a", [0, 20, 40, 80]), counter("b", [0, 20, 30, 50])];
    expect(historyOf(sums, counts, 3)).toEqual([0, Math.log(2), Math.log(2)]);
  });

  it("counts a counter that started anew from nothing", () => {
    const sums = [counter("a", [100, 120, 20, 40]), counter("b", [0, 20, 40, 60])];
    const restarted = [counter("a", [100, 110, 10, 20]), counter("b", [0, 10, 20, 30])];
    expect(historyOf(sums, restarted, 3)).toEqual([0, 0, 0]);
  });

  it("is the latest stretch without a gap", () => {
    const sums = [counter("a", [0, 20, null, 60, 80]), counter("b", [0, 10, 20, 30, 40])];
    const all = [counter("a", [0, 10, null, 30, 40]), counter("b", [0, 10, 20, 30, 40])];
    expect(historyOf(sums, all, 4)).toEqual([Math.log(2)]);
  });

  it("is nothing for one node, or none", () => {
    expect(historyOf([counter("a", [0, 1])], [counter("a", [0, 1])], 1)).toEqual([]);
    expect(historyOf([], [], 3)).toEqual([]);
  });
});
