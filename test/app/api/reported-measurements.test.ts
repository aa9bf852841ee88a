import { describe, expect, it } from "@jest/globals";
import { reportedMeasurements } from "#app/api/reported-measurements.ts";
import type { MetricWindow, NodeReport, SeriesReport } from "#schemas/types.ts";

const window = (minute: number, requests: number): MetricWindow => ({
  startedAt: `2026-11-02T10:0${minute}:00.000Z`,
  seconds: 2,
  requests,
  errors: 0,
  errorsByKind: {},
  coldStarts: 0,
  warmups: 0,
  batches: 0,
});

const series = (role: string, runId: string | null, ...windows: MetricWindow[]): SeriesReport => ({
  script: "artwork",
  version: "4",
  role,
  digest: `sha256:${"b".repeat(64)}`,
  ...(runId !== null && { runId }),
  windows,
});

const report = (...metrics: SeriesReport[]): NodeReport => ({
  schema: 1,
  node: "n1",
  region: "eu-west-1",
  bootId: "12345678",
  sequence: 1,
  reportedAt: "2026-11-02T10:02:00.000Z",
  state: "ready",
  document: null,
  instances: [],
  metrics,
  problems: [],
});

describe("reportedMeasurements", () => {
  it("takes the windows of both sides of each run, and nothing else", () => {
    const found = reportedMeasurements(
      null,
      report(
        series("canary", "r1", window(0, 3)),
        series("baseline", "r1", window(0, 4)),
        series("stable", null, window(0, 9)),
      ),
    );
    expect([...found.keys()]).toEqual(["r1"]);
    expect(found.get("r1")?.map(({ role, node, counts }) => [role, node, counts.requests])).toEqual([
      ["canary", "n1", 3],
      ["baseline", "n1", 4],
    ]);
    expect(found.get("r1")?.[0]?.counts).not.toHaveProperty("startedAt");
  });

  it("leaves out windows that the report before had just so", () => {
    const before = report(series("canary", "r1", window(0, 3), window(1, 1)));
    const found = reportedMeasurements(before, report(series("canary", "r1", window(0, 3), window(1, 2))));
    expect(found.get("r1")?.map(({ counts }) => counts.requests)).toEqual([2]);
  });

  it("takes the windows of another run although they look the same", () => {
    const before = report(series("canary", "r1", window(0, 3)));
    expect(reportedMeasurements(before, report(series("canary", "r2", window(0, 3)))).get("r2")).toHaveLength(
      1,
    );
  });
});
