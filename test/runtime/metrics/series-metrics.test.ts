import { beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { SeriesDelta, SeriesKey } from "#runtime/metrics/metrics-snapshot.ts";
import { SeriesMetrics, type LiveSeries } from "#runtime/metrics/series-metrics.ts";
import { SeriesRecorder } from "#runtime/metrics/series-recorder.ts";

const key: SeriesKey = {
  script: "artwork",
  version: "4",
  role: "canary",
  digest: `sha256:${"ab".repeat(32)}`,
};
const LABELS = `script="artwork",version="4",revision="abababababab",role="canary",region="eu-west-1",node="node-1"`;
const gauges = { heapBytes: 1000, inFlight: 2, queued: 0 };
const NOON_MS = Date.parse("2026-01-01T12:00:00Z");

let registry: Registry;
let metrics: SeriesMetrics;
let live: LiveSeries[];

beforeEach(() => {
  live = [];
  registry = new Registry();
  metrics = new SeriesMetrics({ registry, region: "eu-west-1", node: "node-1", live: () => live });
});

function deltaOf(act: (recorder: SeriesRecorder) => void): SeriesDelta {
  const recorder = new SeriesRecorder();
  act(recorder);
  return recorder.take();
}

const answered = deltaOf((recorder) => recorder.recordAnswer(200, null, 2));

async function lines(part: string): Promise<string[]> {
  return (await registry.metrics())
    .split("\n")
    .filter((line) => !line.startsWith("#") && line.includes(part));
}

describe("SeriesMetrics", () => {
  it("adds up what is counted", async () => {
    for (let n = 0; n < 3; n += 1) metrics.count(key, answered, NOON_MS);
    expect(await lines("requests_total")).toEqual([
      `showrunner_requests_total{${LABELS},status_class="2xx"} 3`,
    ]);
  });

  it("measures what is live, and nothing else", async () => {
    metrics.count(key, answered, NOON_MS);
    expect(await lines("in_flight")).toEqual([]);
    live = [{ key, gauges }];
    expect(await lines("in_flight")).toEqual([`showrunner_requests_in_flight{${LABELS}} 2`]);
    live = [{ key, gauges: { ...gauges, heapBytes: null } }];
    expect(await lines("heap_bytes")).toEqual([]);
  });

  it("tells errors by kind", async () => {
    const failed = deltaOf((recorder) => recorder.recordAnswer(503, "overloaded", 1));
    metrics.count(key, failed, NOON_MS);
    expect(await lines("errors_total")).toEqual([`showrunner_errors_total{${LABELS},kind="overloaded"} 1`]);
  });

  it("gives the sketch of latencies as a histogram", async () => {
    const spread = deltaOf((recorder) => {
      for (const ms of [0.5, 3, 3, 9000]) recorder.recordAnswer(200, null, ms);
    });
    metrics.count(key, spread, NOON_MS);
    const counts = (await lines("request_duration_seconds")).map((line) => {
      return line.replace(/^.*(,le="[^"]*"|_sum|_count).* /, "$1 ").replace(",", "");
    });
    expect(counts).toEqual([
      'le="0.001" 1',
      'le="0.0025" 1',
      ...["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5"].map(
        (le) => `le="${le}" 3`,
      ),
      'le="+Inf" 4',
      "_sum 9.0065",
      "_count 4",
    ]);
  });

  it("counts what is beyond its bound as other, and loses nothing", async () => {
    for (let n = 0; n < 2500; n += 1) metrics.count({ ...key, script: `script-${n}` }, answered, NOON_MS);
    const requests = await lines("requests_total");
    expect(requests).toHaveLength(2001);
    expect(requests.find((line) => line.includes('script="other"'))).toMatch(/ 500$/);
  });

  it("makes room by what is gone for long, never by what is live", async () => {
    const [first, second] = [
      { ...key, role: "stable" },
      { ...key, role: "baseline" },
    ];
    live = [{ key: first, gauges }];
    metrics.count(first, answered, NOON_MS);
    metrics.count(second, answered, NOON_MS);
    metrics.count(key, answered, NOON_MS + 700_000);
    expect((await lines("requests_total")).map((line) => /role="(.*?)"/.exec(line)?.[1])).toEqual([
      "stable",
      "canary",
    ]);
  });

  it("forgets what is gone", async () => {
    metrics.count(key, answered, NOON_MS);
    metrics.forget(key);
    expect(await lines("artwork")).toEqual([]);
  });
});
