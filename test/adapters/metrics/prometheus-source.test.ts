import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPrometheusSource } from "#adapters/metrics/prometheus-source.ts";
import type { MetricRange } from "#domain/ports.ts";
import { hasPrometheus, type RunningPrometheus, startPrometheus } from "./start-prometheus.ts";

const describeWithPrometheus = hasPrometheus ? describe : describe.skip;

/** The last few seconds. */
function range(): MetricRange {
  return { startMs: Date.now() - 4_000, endMs: Date.now(), stepMs: 1_000 };
}

describeWithPrometheus("a real Prometheus server", () => {
  let node: Server;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    node = createServer((_request, response) => {
      response.end(`orders{role="canary"} 3\norders{role="baseline"} 4\n`);
    });
    await new Promise<void>((resolve) => {
      node.listen(0, "127.0.0.1", resolve);
    });
    // oxlint-disable-next-line no-unsafe-type-assertion
    const { port } = node.address() as AddressInfo;
    prometheus = await startPrometheus([`127.0.0.1:${port}`]);
  }, 30_000);

  afterAll(async () => {
    node.closeAllConnections();
    node.close();
    await prometheus.stop();
  });

  it("tells each side's values by time", async () => {
    const source = createPrometheusSource(prometheus.url);
    let values: ReadonlyMap<number, number> | null = null;
    for (let tries = 0; tries < 60 && (values?.size ?? 0) < 3; tries += 1) {
      values = await source.range(`orders{role="canary"}`, range());
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
    }
    expect([...(values?.values() ?? [])].every((value) => value === 3)).toBe(true);
    expect(values?.size).toBeGreaterThanOrEqual(3);
  }, 40_000);

  it.each([
    ["a query that is none", "orders{"],
    ["no series", `orders{role="nobody"}`],
    ["several series, of which none is the one", "orders"],
  ])("is nothing for %s", async (_name, query) => {
    expect(await createPrometheusSource(prometheus.url).range(query, range())).toBeNull();
  });
});

describe("a Prometheus server that is not there", () => {
  it("is nothing, and no error", async () => {
    const source = createPrometheusSource("http://127.0.0.1:1");
    expect(await source.range("up", { startMs: 0, endMs: 1_000, stepMs: 1_000 })).toBeNull();
  });
});
