import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPrometheusSource } from "#adapters/metrics/prometheus-source.ts";
import type { MetricRange } from "#domain/ports.ts";
import { freePort } from "../../local/free-port.ts";

const program = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].find((path) => existsSync(path)) ?? null;
const describeWithPrometheus = program === null ? describe.skip : describe;

/** The last few seconds. */
function range(): MetricRange {
  return { startMs: Date.now() - 4_000, endMs: Date.now(), stepMs: 1_000 };
}

describeWithPrometheus("a real Prometheus server", () => {
  const folder = mkdtempSync(join(tmpdir(), "showrunner-prometheus-"));
  let node: Server;
  let prometheus: ChildProcess;
  let url: string;

  beforeAll(async () => {
    node = createServer((_request, response) => {
      response.end(`orders{role="canary"} 3\norders{role="baseline"} 4\n`);
    });
    await new Promise<void>((resolve) => {
      node.listen(0, "127.0.0.1", resolve);
    });
    // oxlint-disable-next-line no-unsafe-type-assertion
    const { port } = node.address() as AddressInfo;
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: nodes\n    static_configs: [{ targets: ["127.0.0.1:${port}"] }]\n`,
    );
    const listen = `127.0.0.1:${await freePort()}`;
    url = `http://${listen}`;
    prometheus = spawn(
      program ?? "",
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${listen}`,
      ],
      { stdio: "ignore" },
    );
  }, 30_000);

  afterAll(async () => {
    prometheus.kill("SIGKILL");
    node.closeAllConnections();
    node.close();
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it("tells each side's values by time", async () => {
    const source = createPrometheusSource(url);
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
    expect(await createPrometheusSource(url).range(query, range())).toBeNull();
  });
});

describe("a Prometheus server that is not there", () => {
  it("is nothing, and no error", async () => {
    const source = createPrometheusSource("http://127.0.0.1:1");
    expect(await source.range("up", { startMs: 0, endMs: 1_000, stepMs: 1_000 })).toBeNull();
  });
});
