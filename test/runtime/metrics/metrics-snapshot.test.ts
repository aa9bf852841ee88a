import { describe, expect, it } from "@jest/globals";
import {
  addDeltas,
  mergeSnapshots,
  NO_DELTA,
  type SeriesSnapshot,
} from "#runtime/metrics/metrics-snapshot.ts";
import { SeriesRecorder } from "#runtime/metrics/series-recorder.ts";

const key = { script: "artwork", version: "4", role: "stable", digest: `sha256:${"a".repeat(64)}` };
const gauges = { heapBytes: 1000, inFlight: 2, queued: 1 };

function snapshot(
  act: (recorder: SeriesRecorder) => void,
  change: Partial<SeriesSnapshot> = {},
): SeriesSnapshot {
  const recorder = new SeriesRecorder();
  act(recorder);
  return { key, delta: recorder.take(), gauges, ...change };
}

function heapOf(...all: SeriesSnapshot[]): number | null | undefined {
  return mergeSnapshots([{ series: all }]).series[0]?.gauges.heapBytes;
}

/** Thirty kinds of errors, one of each. */
function kinds(from: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`kind_${from + index}`, 1]));
}

describe("SeriesRecorder", () => {
  it("tells what happened since it was last asked", () => {
    const recorder = new SeriesRecorder();
    recorder.recordAnswer(200, null, 2);
    recorder.recordAnswer(503, "overloaded", 0.1);
    recorder.recordAnswer(500, null, 4);
    recorder.recordAnswer(0, "worker_restarted", 9);
    recorder.recordBatch(4, 8);
    recorder.recordColdStart();
    recorder.recordWarmup();
    const delta = recorder.take();
    expect(delta).toMatchObject({
      requests: 4,
      byStatusClass: [0, 1, 0, 0, 2],
      errorsByKind: { overloaded: 1, script_5xx: 1, worker_restarted: 1 },
      coldStarts: 1,
      warmups: 1,
      batches: 1,
    });
    expect([delta.latencyMs?.sum, delta.cpuMs?.sum, delta.cpuMs?.max]).toEqual([15.1, 8, 2]);
    expect(recorder.take()).toEqual(NO_DELTA);
  });
});

describe("mergeSnapshots", () => {
  const a = snapshot((recorder) => recorder.recordAnswer(200, null, 2));
  const b = snapshot((recorder) => recorder.recordAnswer(504, "script_timeout", 1000));
  const other = snapshot((recorder) => recorder.recordColdStart(), { key: { ...key, role: "canary" } });

  it("adds what the workers did for the same series, and keeps others apart", () => {
    const { series } = mergeSnapshots([{ series: [a, other] }, { series: [b] }]);
    expect(series.map((merged) => [merged.key.role, merged.delta.requests, merged.gauges.inFlight])).toEqual([
      ["stable", 2, 4],
      ["canary", 0, 2],
    ]);
    expect(series[0]?.delta).toMatchObject({ errorsByKind: { script_timeout: 1 }, latencyMs: { sum: 1002 } });
  });

  it("adds the heaps that are known", () => {
    const unknown = { ...a, gauges: { ...gauges, heapBytes: null } };
    expect([heapOf(a, unknown, b), heapOf(unknown, unknown)]).toEqual([2000, null]);
  });

  it("comes to the same in whatever order", () => {
    const forward = mergeSnapshots([{ series: [a] }, { series: [b] }, { series: [a] }]);
    const backward = mergeSnapshots([{ series: [a] }, mergeSnapshots([{ series: [a] }, { series: [b] }])]);
    expect(backward).toEqual(forward);
  });
});

describe("addDeltas", () => {
  it("keeps the kinds of errors bounded", () => {
    const sum = addDeltas({ ...NO_DELTA, errorsByKind: kinds(0) }, { ...NO_DELTA, errorsByKind: kinds(30) });
    expect(Object.keys(sum.errorsByKind)).toHaveLength(33);
    expect(sum.errorsByKind["other"]).toBe(28);
  });
});
