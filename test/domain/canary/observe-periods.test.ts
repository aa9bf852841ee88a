import { describe, expect, it } from "@jest/globals";
import type { Measurement } from "#domain/canary/measurement.ts";
import { observePeriods, type ObservedCourse } from "#domain/canary/observe-periods.ts";
import { sketchHistogram } from "#domain/canary/sketch-histogram.ts";
import { Sketch } from "#runtime/metrics/sketch.ts";

const sinceMs = Date.parse("2026-11-02T10:00:00Z");
const course: ObservedCourse = {
  sinceMs,
  untilMs: sinceMs + 5_000,
  windowMs: 2_000,
  nodes: ["n1", "n2"],
  crashes: [],
};

function sketchOf(...valuesMs: number[]) {
  const sketch = new Sketch();
  for (const value of valuesMs) sketch.accept(value);
  return sketch.toData();
}

function counted(
  role: Measurement["role"],
  node: string,
  afterMs: number,
  counts: Partial<Measurement["counts"]>,
): Measurement {
  const none = { requests: 0, errors: 0, errorsByKind: {}, coldStarts: 0, warmups: 0, batches: 0 };
  return { role, node, region: "eu-west-1", startMs: sinceMs + afterMs, counts: { ...none, ...counts } };
}

describe("observePeriods", () => {
  it("adds up what nodes counted, window by window and side by side", () => {
    const periods = observePeriods(
      course,
      [
        counted("canary", "n1", 0, {
          requests: 4,
          errors: 1,
          latencyMs: sketchOf(1, 2),
          cpuMs: sketchOf(2, 4),
        }),
        counted("canary", "n2", 0, { requests: 6, latencyMs: sketchOf(3), heapBytes: 4 * 1024 * 1024 }),
        counted("baseline", "n1", 0, { requests: 5, coldStarts: 1, heapBytes: 2 * 1024 * 1024 }),
      ],
      new Map(),
    );
    expect(periods).toHaveLength(2);
    const [first, second] = periods;
    expect(first?.requests).toEqual({ canary: 10, baseline: 5 });
    expect(first?.metrics["errors"]).toMatchObject({
      sides: { canary: { events: 1, of: 10 }, baseline: { events: 0, of: 5 } },
    });
    expect(first?.metrics["coldStarts"]).toMatchObject({ sides: { baseline: { events: 1, of: 5 } } });
    expect(first?.metrics["cpu"]).toEqual({ kind: "gauge", sides: { canary: 3, baseline: null } });
    expect(first?.metrics["memory"]).toEqual({ kind: "gauge", sides: { canary: 4, baseline: 2 } });
    expect(first?.metrics["latency"]).toMatchObject({ sides: { canary: { counts: [1, 1, 1] } } });
    expect(second).toMatchObject({ requests: { canary: 0, baseline: 0 }, metrics: {} });
  });

  it("leaves out nodes where only one side served, and windows that are not complete", () => {
    const periods = observePeriods(
      course,
      [counted("canary", "n3", 0, { requests: 4 }), counted("canary", "n1", 4_000, { requests: 4 })],
      new Map(),
    );
    expect(periods.map(({ requests }) => requests.canary)).toEqual([0, 0]);
  });

  it("takes in what other sources tell, where they tell anything", () => {
    const custom = new Map([
      ["orders", { canary: new Map([[sinceMs, 3]]), baseline: new Map([[sinceMs, 4]]) }],
    ]);
    const [first, second] = observePeriods(course, [], custom);
    expect(first?.metrics["orders"]).toEqual({ kind: "gauge", sides: { canary: 3, baseline: 4 } });
    expect(second?.metrics).toEqual({});
  });

  it("tells of a crash before any window is complete", () => {
    const crash = { role: "canary", node: "n1", atMs: sinceMs - 500, message: "no" } as const;
    const periods = observePeriods({ ...course, untilMs: sinceMs, crashes: [crash] }, [], new Map());
    expect(periods).toMatchObject([{ startMs: sinceMs, crashes: { canary: 1, baseline: 0 } }]);
  });
});

describe("sketchHistogram", () => {
  it("has each value to one percent, ascending, zeros first", () => {
    const { values, counts } = sketchHistogram([sketchOf(5, 0, 80), sketchOf(5)]);
    expect(counts).toEqual([1, 2, 1]);
    for (const [at, wanted] of [0, 5, 80].entries()) {
      expect(Math.abs((values[at] ?? NaN) - wanted)).toBeLessThanOrEqual(0.01 * wanted);
    }
  });
});
