import { describe, expect, it } from "@jest/globals";
import { addDeltas, addGauges, NO_DELTA, type SeriesDelta } from "#runtime/metrics/metrics-snapshot.ts";
import { SeriesRecorder } from "#runtime/metrics/series-recorder.ts";

function deltaOf(act: (recorder: SeriesRecorder) => void): SeriesDelta {
  const recorder = new SeriesRecorder();
  act(recorder);
  return recorder.take();
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

  it("tells who was called, also where nobody was answered", () => {
    const delta = deltaOf((recorder) => {
      recorder.recordCall("constructor", false);
      recorder.recordCall("constructor", true);
      recorder.recordEgressRefused();
    });
    expect(delta.calls).toEqual({ constructor: { requests: 2, errors: 1 } });
    expect(addDeltas(delta, delta)).toMatchObject({
      calls: { constructor: { requests: 4, errors: 2 } },
      egressRefused: 2,
    });
  });

  it("shares CPU among the requests since the thread's coarse clock last moved", () => {
    const recorder = new SeriesRecorder();
    for (const cpuMs of [0, 0, 0, 1]) recorder.recordBatch(1, cpuMs);
    recorder.recordBatch(3, 0);
    expect(recorder.take().cpuMs).toMatchObject({ zeros: 0, sum: 1, min: 0.25, max: 0.25 });
    recorder.recordBatch(1, 2);
    expect(recorder.take().cpuMs).toMatchObject({ sum: 2, min: 0.5, max: 0.5 });
  });
});

describe("addGauges", () => {
  const known = { heapBytes: 1000, inFlight: 2, queued: 1 };
  const unknown = { ...known, heapBytes: null };

  it.each([
    ["both heaps", known, known, 2000],
    ["the heap that is known", unknown, known, 1000],
    ["no heap when none is known", unknown, unknown, null],
  ])("adds %s", (_case, a, b, heapBytes) => {
    expect(addGauges(a, b)).toEqual({ heapBytes, inFlight: 4, queued: 2 });
  });
});

describe("addDeltas", () => {
  const a = deltaOf((recorder) => recorder.recordAnswer(200, null, 2));
  const b = deltaOf((recorder) => recorder.recordAnswer(504, "script_timeout", 1000));

  it("adds what two workers did, or one at two times", () => {
    expect(addDeltas(a, b)).toMatchObject({
      requests: 2,
      byStatusClass: [0, 1, 0, 0, 1],
      errorsByKind: { script_timeout: 1 },
      latencyMs: { sum: 1002, min: 2, max: 1000 },
    });
  });

  it("comes to the same in whatever order", () => {
    expect(addDeltas(a, addDeltas(b, a))).toEqual(addDeltas(addDeltas(a, b), a));
    expect(addDeltas(a, NO_DELTA)).toEqual(a);
  });

  it("keeps the kinds of errors bounded", () => {
    const sum = addDeltas({ ...NO_DELTA, errorsByKind: kinds(0) }, { ...NO_DELTA, errorsByKind: kinds(30) });
    expect(Object.keys(sum.errorsByKind)).toHaveLength(33);
    expect(sum.errorsByKind["other"]).toBe(28);
  });
});
