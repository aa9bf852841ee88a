import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { assertNever } from "#runtime/assert-never.ts";
import type { NodeReport } from "#schemas/types.ts";
import { FakeControlPlane, script } from "../fake-control-plane.ts";
import { treeMemoryBytes } from "../process-tree.ts";
import { makeTestFolder, spawnNode, until, type NodeProcess, type TestFolder } from "../test-node.ts";
import { readHostileScripts, type HostileScript } from "./hostile-script.ts";
import { startInnerServers, type InnerServers } from "./inner-servers.ts";
import { watchNeighbours, type NeighbourWatch } from "./neighbours.ts";
import { ask, type Ending } from "./strict-client.ts";

const NEIGHBOURS = ["neighbour-1", "neighbour-2", "neighbour-3"];
const CONNECTIONS = 4;
const HAMMER_MS = { contained: 400, stopped: 1500 };
/** Once it is named, what is to be stopped is hammered on for a while, as a client that tries again would. */
const HAMMER_ON_MS = 300;
const NAMED_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 6000;
const START_WITHIN_MS = 3000;
/** One is what a worker's end costs; the rest is the clock's and the poll's grain. */
const GAP_MS_MAX = 2100;
const WORKERS = 2;
const WORKER_MEMORY_MB = 400;
/** The agent, its compiler and the blink in which a worker is over its bound have the rest. */
const MEMORY_MB_MAX = WORKERS * WORKER_MEMORY_MB + 400;
const MEMORY_EVERY_MS = 150;

const corpus = await readHostileScripts();

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let inner: InnerServers;
let neighbourDigests: Map<string, string>;
let node: NodeProcess | null = null;

async function startNode(): Promise<NodeProcess> {
  const started = await spawnNode(controlPlane.url, folder, {
    REMOVE_PCT_MAX: "100",
    WORKERS: String(WORKERS),
    WORKER_MEMORY_MB: String(WORKER_MEMORY_MB),
    LOG_LEVEL: "silent",
  });
  publish([]);
  for (const name of NEIGHBOURS) {
    await until(async () => (await ask(started.gatewayUrl, `/${name}`, 1000)).kind === "answered");
    await until(async () => (await fetch(`${started.gatewayUrl}/${name}`)).status === 200);
  }
  return started;
}

/** The neighbours and the scripts under test. */
function publish(offenders: readonly { readonly name: string; readonly digest: string }[]): void {
  const lan = inner.lan === "" ? [] : [inner.lan];
  controlPlane.publish(
    [
      ...[...neighbourDigests].map(([name, digest]) => script(name, digest)),
      ...offenders.map(({ name, digest }) => script(name, digest)),
    ],
    // As wide as an operator could carelessly make it.
    { egressAllow: ["0.0.0.0/0", "::/0", "localhost:80", ...lan] },
  );
}

beforeAll(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
  inner = await startInnerServers();
  neighbourDigests = new Map(
    NEIGHBOURS.map((name) => [
      name,
      controlPlane.addBundle({ name }, `const handler = { fetch: () => new Response("${name}") };`),
    ]),
  );
}, 30_000);

beforeEach(async () => {
  // Only after a test that has failed by it.
  if (node === null || node.child.exitCode !== null || node.child.signalCode !== null)
    node = await startNode();
}, 30_000);

afterAll(async () => {
  await node?.end("SIGKILL");
  await inner.close();
  await controlPlane.stop();
  await folder.remove();
});

describe("a node that is hammered on a hostile script", () => {
  it.each(corpus.map((hostile) => [hostile.name, hostile] as const))(
    "contains %s",
    async (_name, hostile) => {
      if (node === null) throw new Error("there is no node");
      const outcome = await hammer(node, hostile);
      expect(outcome).toEqual({
        isAgentUp: true,
        endingsThatMayNotBe: [],
        breaches: [],
        longGaps: [],
        isWithinMemory: true,
        memoryMbMax: outcome.memoryMbMax,
        isNamed: hostile.expected === "stopped" || outcome.isNamed,
        isRefused: hostile.expected === "stopped" || outcome.isRefused,
      });
    },
    40_000,
  );
});

interface Outcome {
  readonly isAgentUp: boolean;
  readonly endingsThatMayNotBe: readonly string[];
  readonly breaches: readonly string[];
  /** Of each neighbour: all beyond the first, and any that is too long; milliseconds. */
  readonly longGaps: readonly string[];
  readonly isWithinMemory: boolean;
  readonly memoryMbMax: number;
  /** Whether a report of the node names the script as one that fails. */
  readonly isNamed: boolean;
  /** Whether its requests were answered with an error of the platform, or not at all. */
  readonly isRefused: boolean;
}

async function hammer(
  { child, gatewayUrl, adminUrl }: NodeProcess,
  hostile: HostileScript,
): Promise<Outcome> {
  const digest = controlPlane.addRawBundle(hostile.bundle);
  const offender = { name: hostile.name, digest };
  const reportsBefore = controlPlane.reports.length;
  const breachesBefore = inner.breaches.length;
  const newReports = (): NodeReport[] => controlPlane.reports.slice(reportsBefore);
  const watch: NeighbourWatch = watchNeighbours(gatewayUrl, NEIGHBOURS);
  const memory = watchMemory(child.pid ?? 0);
  publish([offender]);
  await waitAtMost(START_WITHIN_MS, () => newReports().some((report) => hasComeToRest(report, digest)));
  const ports = new URLSearchParams({
    inner: String(inner.innerPort),
    admin: new URL(adminUrl).port,
    gateway: new URL(gatewayUrl).port,
    control: new URL(controlPlane.url).port,
    lan: inner.lan,
  });
  const isNamed = (): boolean => newReports().some((report) => names(report, offender));
  const endings: Ending[] = [];
  const over = new AbortController();
  const clients = Array.from({ length: CONNECTIONS }, async (_, client) => {
    for (let n = client; !over.signal.aborted; n += CONNECTIONS) {
      endings.push(await ask(gatewayUrl, `/${hostile.name}?n=${n}&${ports}`, ANSWER_WITHIN_MS));
      // A refusal comes at once; a client that asks again in the same instant would only measure this test.
      await sleep(5);
    }
  });
  const needed = hostile.expected === "stopped" ? isNamed : (): boolean => false;
  await waitAtMost(HAMMER_MS[hostile.expected], needed);
  if (hostile.expected === "stopped") await sleep(HAMMER_ON_MS);
  over.abort();
  await Promise.all(clients);
  if (hostile.expected === "stopped") await waitAtMost(NAMED_WITHIN_MS, isNamed);
  const gaps = await watch.end();
  const memoryMbMax = Math.round((await memory.end()) / 2 ** 20);
  return {
    isAgentUp: child.exitCode === null && child.signalCode === null && (await isHealthy(adminUrl)),
    endingsThatMayNotBe: [...new Set(endings.flatMap(faultOf))].slice(0, 5),
    breaches: inner.breaches.slice(breachesBefore, breachesBefore + 5),
    longGaps: [...gaps].flatMap(([name, all]) => gapFaults(name, all)),
    isWithinMemory: memoryMbMax <= MEMORY_MB_MAX,
    memoryMbMax,
    isNamed: isNamed(),
    isRefused: endings.some((ending) => ending.kind === "closed" || isRefusal(ending)),
  };
}

function hasComeToRest({ instances }: NodeReport, digest: string): boolean {
  return instances.some(
    (instance) => instance.digest === digest && !["provisioning", "warming"].includes(instance.state),
  );
}

function names({ instances, problems }: NodeReport, offender: { name: string; digest: string }): boolean {
  const isFailing = instances.some(
    ({ digest, state, errors }) =>
      digest === offender.digest &&
      (errors > 0 || !["provisioning", "warming", "serving", "draining"].includes(state)),
  );
  return isFailing || problems.some(({ message }) => message.includes(offender.name));
}

function isRefusal(ending: Ending): boolean {
  return ending.kind === "answered" && (ending.status >= 500 || ending.status === 404);
}

function faultOf(ending: Ending): string[] {
  switch (ending.kind) {
    case "closed":
      return [];
    case "silent":
      return ["no answer"];
    case "malformed":
      return [ending.message];
    case "answered": {
      if (ending.body.includes("ESCAPED")) return [ending.body.slice(0, 300)];
      if (ending.headers.has("x-smuggled")) return ["a header was smuggled"];
      const isForged = [...ending.headers].some(
        ([name, values]) =>
          (name.startsWith("x-showrunner-") || name === "x-request-id") && values.includes("forged"),
      );
      return isForged ? ["a header of the platform was forged"] : [];
    }
    default:
      return assertNever(ending);
  }
}

/** One gap of two seconds is what the end of a worker may cost each neighbour. */
function gapFaults(name: string, gaps: readonly number[]): string[] {
  return gaps.length > 1 || gaps.some((gapMs) => gapMs > GAP_MS_MAX)
    ? [`${name}: ${gaps.join(", ")} ms`]
    : [];
}

async function isHealthy(adminUrl: string): Promise<boolean> {
  const response = await fetch(`${adminUrl}/healthz`, { signal: AbortSignal.timeout(3000) }).catch(
    () => null,
  );
  return response?.status === 200;
}

function watchMemory(pid: number): { readonly end: () => Promise<number> } {
  const over = new AbortController();
  const highest = (async () => {
    let max = 0;
    do {
      max = Math.max(max, await treeMemoryBytes(pid).catch(() => 0));
      await sleep(MEMORY_EVERY_MS);
    } while (!over.signal.aborted);
    return max;
  })();
  return {
    end: async () => {
      over.abort();
      return highest;
    },
  };
}

async function waitAtMost(timeoutMs: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!holds() && performance.now() < end) await sleep(20);
}
