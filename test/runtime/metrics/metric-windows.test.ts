import { describe, expect, it } from "@jest/globals";
import { MetricWindows } from "#runtime/metrics/metric-windows.ts";
import { SeriesRecorder } from "#runtime/metrics/series-recorder.ts";
import type { RegionDocument } from "#schemas/types.ts";
import type { SeriesDelta } from "#runtime/metrics/metrics-snapshot.ts";

const NOON_MS = Date.parse("2026-01-01T12:00:00Z");
const keyOf = (
  script: string,
  role = "stable",
): { script: string; version: string; role: string; digest: string } => ({
  script,
  version: "1",
  role,
  digest: `sha256:${"a".repeat(64)}`,
});

function answers(count: number): SeriesDelta {
  const recorder = new SeriesRecorder();
  for (let n = 0; n < count; n += 1) recorder.recordAnswer(200, null, 1);
  return recorder.take();
}

describe("MetricWindows", () => {
  it("keeps whole minutes apart, and forgets them after three", () => {
    const windows = new MetricWindows();
    for (const [atMs, count] of [
      [0, 1],
      [59_999, 2],
      [60_000, 4],
      [125_000, 8],
    ] as const) {
      windows.absorb(keyOf("artwork"), answers(count), null, NOON_MS + atMs);
    }
    const seen = (nowMs: number): (string | number)[][] =>
      windows
        .reports(nowMs)
        .flatMap((report) => report.windows.map(({ startedAt, requests }) => [startedAt, requests]));
    expect(seen(NOON_MS + 125_000)).toEqual([
      ["2026-01-01T12:00:00.000Z", 3],
      ["2026-01-01T12:01:00.000Z", 4],
      ["2026-01-01T12:02:00.000Z", 8],
    ]);
    expect(seen(NOON_MS + 180_000)).toHaveLength(2);
    expect(windows.reports(NOON_MS + 600_000)).toEqual([]);
  });

  it("reports those under comparison first, then the busiest, and never without bound", () => {
    const windows = new MetricWindows();
    for (let n = 0; n < 600; n += 1)
      windows.absorb(keyOf(`script-${n}`), answers(n === 7 ? 3 : 1), null, NOON_MS);
    windows.absorb(keyOf("late", "canary"), answers(1), null, NOON_MS);
    const reported = windows.reports(NOON_MS);
    expect(reported.slice(0, 2).map(({ script }) => script)).toEqual(["late", "script-7"]);
    expect(reported).toHaveLength(500);
  });

  it("does not report what did nothing", () => {
    const windows = new MetricWindows();
    windows.absorb(keyOf("idle"), answers(0), null, NOON_MS);
    expect(windows.reports(NOON_MS)).toEqual([]);
  });

  it("counts a run's roles in the windows that the document asks for, apart from other runs", () => {
    const windows = new MetricWindows();
    const canary = keyOf("artwork", "canary");
    const follow = (runId: string, windowSeconds: number): void => {
      windows.follow(documentWith(canary, runId, windowSeconds));
    };
    follow("first", 2);
    for (const atMs of [0, 1_999, 2_000, 30_000]) windows.absorb(canary, answers(1), null, NOON_MS + atMs);
    const [report] = windows.reports(NOON_MS + 30_000);
    expect(report?.runId).toBe("first");
    expect(
      report?.windows.map(({ startedAt, seconds, requests }) => [startedAt.slice(17, 19), seconds, requests]),
    ).toEqual([
      ["00", 2, 2],
      ["02", 2, 1],
      ["30", 2, 1],
    ]);
    follow("second", 2);
    windows.absorb(canary, answers(1), null, NOON_MS + 31_000);
    expect(windows.reports(NOON_MS + 31_000)).toMatchObject([
      { runId: "second", windows: [{ requests: 1 }] },
    ]);
  });

  it("tells the mean of the heap that was seen, and none where none was", () => {
    const windows = new MetricWindows();
    for (const heapBytes of [10, 30, null]) windows.absorb(keyOf("artwork"), answers(1), heapBytes, NOON_MS);
    windows.absorb(keyOf("unloaded"), answers(1), null, NOON_MS);
    const heaps = windows.reports(NOON_MS).map((report) => report.windows[0]?.heapBytes);
    expect(heaps).toEqual([20, undefined]);
  });
});

function documentWith(
  { script, version, role, digest }: ReturnType<typeof keyOf>,
  runId: string,
  windowSeconds: number,
): RegionDocument {
  return {
    schema: 1,
    region: "eu-west-1",
    epoch: 1,
    generation: 1,
    issuedAt: new Date(NOON_MS).toISOString(),
    egressAllow: [],
    scripts: [
      {
        name: script,
        version,
        isDefault: true,
        instances: [{ role, digest, nodesPct: 100, weight: 500, runId, windowSeconds }],
      },
    ],
  };
}
