import { beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { SeriesKey, SeriesSnapshot } from "#runtime/metrics/metrics-snapshot.ts";
import { SeriesMetrics } from "#runtime/metrics/series-metrics.ts";
import { SeriesRecorder } from "#runtime/metrics/series-recorder.ts";

const key: SeriesKey = {
  script: "artwork",
  version: "4",
  role: "canary",
  digest: `sha256:${"ab".repeat(32)}`,
};
const LABELS = `script="artwork",version="4",revision="abababababab",role="canary",region="eu-west-1",node="node-1"`;
const gauges = { heapBytes: 1000, inFlight: 2, queued: 0 };

let registry: Registry;
let metrics: SeriesMetrics;

beforeEach(() => {
  registry = new Registry();
  metrics = new SeriesMetrics({ registry, region: "eu-west-1", node: "node-1" });
});

function snapshot(act: (recorder: SeriesRecorder) => void, of = key): SeriesSnapshot {
  const recorder = new SeriesRecorder();
  act(recorder);
  return { key: of, delta: recorder.take(), gauges };
}

async function lines(part: string): Promise<string[]> {
  return (await registry.metrics())
    .split("\n")
    .filter((line) => !line.startsWith("#") && line.includes(part));
}

describe("SeriesMetrics", () => {
  it("adds up what is counted, and keeps only the last of what is measured", async () => {
    const answered = snapshot((recorder) => recorder.recordAnswer(200, null, 2));
    metrics.absorb({ series: [answered] });
    metrics.absorb({ series: [answered, answered] });
    expect(await lines("requests_total")).toEqual([
      `showrunner_requests_total{${LABELS},status_class="2xx"} 3`,
    ]);
    expect(await lines("in_flight")).toEqual([`showrunner_requests_in_flight{${LABELS}} 4`]);
    metrics.absorb({ series: [] });
    expect(await lines("in_flight")).toEqual([`showrunner_requests_in_flight{${LABELS}} 0`]);
    expect(await lines("heap_bytes")).toEqual([]);
  });

  it("tells errors by kind", async () => {
    metrics.absorb({ series: [snapshot((recorder) => recorder.recordAnswer(503, "overloaded", 1))] });
    expect(await lines("errors_total")).toEqual([`showrunner_errors_total{${LABELS},kind="overloaded"} 1`]);
  });

  it("gives the sketch of latencies as a histogram", async () => {
    metrics.absorb({
      series: [snapshot((recorder) => [0.5, 3, 3, 9000].map((ms) => recorder.recordAnswer(200, null, ms)))],
    });
    const counts = (await lines("request_duration_seconds")).map((line) =>
      line.replace(/^.*([{,]le="[^"]*"|_sum|_count).* /, "$1 "),
    );
    expect(counts).toEqual([
      ',le="0.001" 1',
      ',le="0.0025" 1',
      ',le="0.005" 3',
      ',le="0.01" 3',
      ',le="0.025" 3',
      ',le="0.05" 3',
      ',le="0.1" 3',
      ',le="0.25" 3',
      ',le="0.5" 3',
      ',le="1" 3',
      ',le="2.5" 3',
      ',le="5" 3',
      ',le="+Inf" 4',
      "_sum 9.0065",
      "_count 4",
    ]);
  });

  it("counts what is beyond its bound as other, and loses nothing", async () => {
    const many = Array.from({ length: 2500 }, (_, index) =>
      snapshot((recorder) => recorder.recordAnswer(200, null, 1), { ...key, script: `script-${index}` }),
    );
    metrics.absorb({ series: many });
    const requests = await lines("requests_total");
    expect(requests).toHaveLength(2001);
    expect(requests.find((line) => line.includes('script="other"'))).toMatch(/ 500$/);
  });

  it("forgets what is gone", async () => {
    metrics.absorb({ series: [snapshot((recorder) => recorder.recordAnswer(200, null, 2))] });
    metrics.forget(key);
    expect(await lines("artwork")).toEqual([]);
  });
});
