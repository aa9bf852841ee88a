import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPrometheusMeasurements } from "#adapters/metrics/prometheus-measurements.ts";
import { reportedMeasurements } from "#app/api/reported-measurements.ts";
import { judgePolicyOf } from "#domain/canary/judge-policy-of.ts";
import { judgeRun } from "#domain/canary/judge-run.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import { observePeriods } from "#domain/canary/observe-periods.ts";
import type { Run, RunCourse } from "#domain/canary/run.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import type { NodeReport, RegionScript } from "#schemas/types.ts";
import { policy, runOf } from "../../domain/canary/canary-fleet.ts";
import { FakeControlPlane } from "../../runtime/fake-control-plane.ts";
import { makeTestFolder, type NodeProcess, spawnNode, type TestFolder } from "../../runtime/test-node.ts";
import { hasPrometheus, type RunningPrometheus, startPrometheus } from "./start-prometheus.ts";

const describeWithPrometheus = hasPrometheus ? describe : describe.skip;
const windowMs = 1000;
const windows = 20;
/** Until nodes have reported, and the server has scraped, what fell into the last window. */
const lateMs = 4_000;
const requestEveryMs = 12;
const region = "eu-west-1";
const names = ["harmless", "failing"] as const;
type Name = (typeof names)[number];

const work = "let sum = 0; for (let i = 0; i < 20000; i += 1) sum += i % 7;";
const handlers: Record<Name | "stable", string> = {
  stable: `const handler = { fetch() { ${work} return new Response("old " + sum); } };`,
  harmless: `const handler = { fetch() { ${work} return new Response("new " + sum); } };`,
  failing: `const handler = { fetch() { ${work} if (Math.random() < 0.3) throw new Error("no luck"); return new Response("new " + sum); } };`,
};

const ids = ["node-1", "node-2"];

describeWithPrometheus("a canary of which a real Prometheus server scrapes the nodes", () => {
  const controlPlane = new FakeControlPlane(region);
  const folders: TestFolder[] = [];
  let nodes: NodeProcess[] = [];
  let prometheus: RunningPrometheus;
  const runs = new Map<Name, Run>();
  let courses: Map<Name, RunCourse>;

  beforeAll(async () => {
    await controlPlane.start();
    const scripts = names.map((name) => scriptOf(controlPlane, name));
    controlPlane.publish(scripts.map(({ script }) => script));
    for (const id of ids) {
      const folder = await makeTestFolder(controlPlane);
      folders.push(folder);
      nodes = [...nodes, await spawnNode(controlPlane.url, folder, { NODE_ID: id, LOG_LEVEL: "silent" })];
    }
    prometheus = await startPrometheus(nodes.map(({ adminUrl }) => new URL(adminUrl).host));
    for (const id of ids)
      await controlPlane.waitForReport(
        ({ node, instances }) =>
          node === id &&
          instances.length === 3 * names.length &&
          instances.every(({ state }) => state === "serving"),
      );
    const sinceMs = Math.ceil((Date.now() + 1_500) / windowMs) * windowMs;
    courses = new Map(scripts.map(({ name, course }) => [name, course(sinceMs)]));
    for (const { name, digest } of scripts) runs.set(name, running(name, digest, courses.get(name), sinceMs));
    await ask(
      nodes.map(({ gatewayUrl }) => gatewayUrl),
      sinceMs + windows * windowMs,
    );
    await new Promise((resolve) => {
      setTimeout(resolve, lateMs);
    });
  }, 90_000);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await prometheus.stop();
    await controlPlane.stop();
    await Promise.all(folders.map((folder) => folder.remove()));
  });

  it.each<[Name, RunVerdict["phase"], string]>([
    ["harmless", "decided", "pass"],
    ["failing", "decided", "fail"],
  ])("gives a %s change the same verdict as the nodes' own reports", async (name, phase, verdict) => {
    const run = runs.get(name);
    if (run === undefined) throw new Error(`${name} did not run`);
    const scraped = await createPrometheusMeasurements(prometheus.url).measurements(run, Date.now());
    const reported = [...ofReports(controlPlane.reports, run.id).values()];
    const [byScraper, byReports] = [judge(run, scraped), judge(run, reported)];
    expect(byReports).toMatchObject({ phase, verdict });
    expect(byScraper).toMatchObject({ phase, verdict });
    expect(rowsOf(byScraper)).toEqual(rowsOf(byReports));
    for (const { metrics } of verdict === "fail" ? [byScraper, byReports] : [])
      expect(metrics[0]).toMatchObject({ name: "errors" });
    // They see the same requests: what was answered around the ends may fall outside for one of them.
    expect(requestsIn(scraped) / requestsIn(reported)).toBeGreaterThan(0.9);
    expect(requestsIn(scraped) / requestsIn(reported)).toBeLessThan(1.1);
  });

  it("has no verdict when the server is gone", async () => {
    const [run] = runs.values();
    if (run === undefined) throw new Error("nothing ran");
    expect(await createPrometheusMeasurements("http://127.0.0.1:1").measurements(run, Date.now())).toEqual(
      [],
    );
    expect(await createPrometheusMeasurements("http://127.0.0.1:1").history(run)).toEqual({});
    expect(judge(run, [])).toMatchObject({ phase: "decided", verdict: "inconclusive" });
  });
});

/** One script as the region document has it while it is tried. */
function scriptOf(controlPlane: FakeControlPlane, name: Name) {
  const stable = controlPlane.addBundle({ name }, handlers.stable);
  const candidate = controlPlane.addBundle({ name }, handlers[name]);
  const side = { nodesPct: 100, weight: 4000, runId: name, windowSeconds: windowMs / 1000 };
  const script: RegionScript = {
    name,
    version: "1",
    isDefault: true,
    instances: [
      { role: "stable", digest: stable, nodesPct: 100 },
      { role: "canary", digest: candidate, ...side },
      { role: "baseline", digest: stable, ...side },
    ],
  };
  const course = (sinceMs: number): RunCourse => ({
    baseline: { digest: stable, commit: "b".repeat(40) },
    regions: [region],
    sharePct: 40,
    windowMs,
    startedAtMs: sinceMs,
    expiresAtMs: sinceMs + windows * windowMs,
  });
  return { name, script, digest: candidate, course };
}

function running(name: Name, digest: string, course: RunCourse | undefined, sinceMs: number): Run {
  if (course === undefined) throw new Error(`${name} has no course`);
  return runOf(name, name, {
    script: name,
    version: "1",
    candidate: { digest, commit: "c".repeat(40) },
    // Two nodes beside the server on a small machine are noisy.
    policy: {
      ...policy,
      metrics: [
        { name: "errors", critical: true },
        { name: "latencyP95", tolerancePct: 100, critical: true },
        { name: "cpu", tolerancePct: 100, critical: true },
      ],
    },
    phase: { kind: "running", course, serving: { sinceMs, nodes: ids, crashes: [] }, verdict: null },
  });
}

/** Viewers of both scripts on all nodes, until then. */
async function ask(gateways: readonly string[], untilMs: number): Promise<void> {
  for (let viewer = 0; Date.now() < untilMs; viewer += 1) {
    const url = `${gateways[viewer % gateways.length]}/${names[Math.floor(viewer / 2) % names.length]}`;
    void fetch(url)
      .then((answer) => answer.arrayBuffer())
      .catch(() => null);
    await new Promise((resolve) => {
      setTimeout(resolve, requestEveryMs);
    });
  }
}

/** As the control plane keeps them: the later report of a window counts. */
function ofReports(reports: readonly NodeReport[], runId: string): Map<string, Measurement> {
  const found = new Map<string, Measurement>();
  for (const report of reports) {
    for (const one of reportedMeasurements(null, report).get(runId) ?? [])
      found.set(`${one.node} ${one.role} ${one.startMs}`, one);
  }
  return found;
}

/** The verdict of each metric by name: the order of those that pass is left to the noise of each way of measuring. */
function rowsOf({ metrics }: RunVerdict): Record<string, string> {
  return Object.fromEntries(metrics.map(({ name, verdict }) => [name, verdict]));
}

function requestsIn(all: readonly Measurement[]): number {
  return all.reduce((sum, { counts }) => sum + counts.requests, 0);
}

function judge(run: Run, measurements: readonly Measurement[]): RunVerdict {
  if (run.phase.kind !== "running") throw new Error("it does not run");
  const { course, serving } = run.phase;
  const untilMs = course.expiresAtMs;
  const periods = observePeriods({ ...serving, untilMs, windowMs }, measurements, new Map());
  return judgeRun({ policy: judgePolicyOf(run.policy, course, serving, {}), periods, nowMs: untilMs });
}
