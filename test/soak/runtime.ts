import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { FakeControlPlane, script } from "../runtime/fake-control-plane.ts";
import { treeMemoryBytes, workersOf } from "../runtime/process-tree.ts";
import { makeTestFolder, spawnNode, until, type NodeProcess } from "../runtime/test-node.ts";
import { Load } from "./load.ts";
import { CRASHER, soakScripts, type SoakScript } from "./scripts.ts";
import {
  findFailures,
  memoryPerMinute,
  memorySlopePct,
  type MemorySample,
  type SoakVerdict,
} from "./verdict.ts";

const WORKERS = 2;
const WORKER_MEMORY_MB = 400;
const SWAP_EVERY_MS = 2000;
// All at the same time of every minute, so that minutes can be compared: a young worker is a small one.
const HARM_EVERY_MS = 20_000;
const SAMPLE_EVERY_MS = 1000;
const REPORT_EVERY_MS = 60_000;

export interface SoakInput {
  readonly minutes: number;
  readonly log: (text: string) => void;
}

/** A node as it runs in production under mixed load, while revisions are swapped and workers killed. */
export async function soakRuntime({ minutes, log }: SoakInput): Promise<SoakVerdict> {
  const controlPlane = new FakeControlPlane();
  await controlPlane.start();
  const folder = await makeTestFolder(controlPlane);
  const upstream = await startUpstream();
  const node = await spawnNode(controlPlane.url, folder, {
    WORKERS: String(WORKERS),
    WORKER_MEMORY_MB: String(WORKER_MEMORY_MB),
    LOG_LEVEL: "silent",
  });
  try {
    return await new Soak(controlPlane, node, urlOf(upstream), log).run(minutes);
  } finally {
    await node.end("SIGKILL");
    upstream.closeAllConnections();
    upstream.close();
    await controlPlane.stop();
    await folder.remove();
  }
}

class Soak {
  readonly #controlPlane: FakeControlPlane;
  readonly #node: NodeProcess;
  readonly #log: (text: string) => void;
  readonly #scripts: readonly SoakScript[];
  readonly #upstreamPlace: string;
  readonly #digests = new Map<string, string>();
  readonly #samples: MemorySample[] = [];
  readonly #stop = new AbortController();
  #swaps = 0;
  #harms = 0;
  #kills = 0;
  #crashes = 0;
  #diedAtMs = -Infinity;

  constructor(
    controlPlane: FakeControlPlane,
    node: NodeProcess,
    upstreamUrl: string,
    log: (text: string) => void,
  ) {
    this.#controlPlane = controlPlane;
    this.#node = node;
    this.#log = log;
    this.#scripts = soakScripts(upstreamUrl);
    this.#upstreamPlace = new URL(upstreamUrl).host;
  }

  async run(minutes: number): Promise<SoakVerdict> {
    for (const soaked of [...this.#scripts, CRASHER]) this.#revise(soaked, 0);
    this.#publish();
    for (const { ask } of this.#scripts) await until(async () => this.#answers(ask.path, ask.method));
    const load = new Load({
      gatewayUrl: this.#node.gatewayUrl,
      random: Math.random,
      nextAsk: () => this.#pick().ask,
      sinceDeathMs: () => performance.now() - this.#diedAtMs,
    });
    const acts = [
      this.#every(SWAP_EVERY_MS, () => this.#swap()),
      this.#every(HARM_EVERY_MS, async () => this.#harm()),
      this.#sample(),
      this.#every(REPORT_EVERY_MS, () => this.#tell(load)),
    ];
    await sleep(minutes * 60_000);
    this.#stop.abort();
    await Promise.all(acts);
    const tally = await load.end();
    const slopePct = memorySlopePct(this.#samples, minutes);
    const failures = findFailures(slopePct, tally, this.#node.child.exitCode === null);
    return {
      ok: failures.length === 0,
      minutes,
      perMinute: memoryPerMinute(this.#samples),
      memorySlopePct: Number(slopePct.toFixed(3)),
      swaps: this.#swaps,
      kills: this.#kills,
      crashes: this.#crashes,
      tally,
      problems: [...this.#problems()],
      failures,
    };
  }

  async #answers(path: string, method: string): Promise<boolean> {
    return (await fetch(`${this.#node.gatewayUrl}${path}`, { method })).status === 200;
  }

  #revise({ name, code }: SoakScript, revision: number): void {
    const limits = { memoryMb: 48, wallMs: 3000, responseMb: 1 };
    const input = { name, limits, egress: [this.#upstreamPlace] };
    this.#digests.set(name, this.#controlPlane.addBundle(input, code(revision)));
  }

  #problems(): Set<string> {
    const all = this.#controlPlane.reports.flatMap(({ problems }) => problems);
    return new Set(all.map(({ code, message }) => `${code}: ${message}`));
  }

  #publish(): void {
    const scripts = [...this.#digests].map(([name, digest]) => script(name, digest));
    this.#controlPlane.publish(scripts, { egressAllow: [this.#upstreamPlace] });
  }

  #swap(): void {
    this.#swaps += 1;
    this.#revise(this.#pick(), this.#swaps);
    this.#publish();
  }

  /** In turn: a worker is killed, a script fills its heap, a script brings its worker down. */
  async #harm(): Promise<void> {
    this.#harms += 1;
    if (this.#harms % 3 === 1) await this.#kill();
    else await this.#crash(this.#harms % 3 === 2 ? "/crasher?heap" : "/crasher");
  }

  /** Ends a worker from outside, as the kernel would when memory is short. */
  async #kill(): Promise<void> {
    const workers = await workersOf(this.#node.child.pid ?? 0);
    const victim = workers[Math.floor(Math.random() * workers.length)];
    if (victim === undefined) return;
    this.#kills += 1;
    this.#diedAtMs = performance.now();
    process.kill(victim, "SIGKILL");
  }

  async #crash(path: string): Promise<void> {
    this.#crashes += 1;
    const asked = fetch(`${this.#node.gatewayUrl}${path}`).catch(() => null);
    // A crash takes its time, so its shadow begins anew when it is answered.
    this.#diedAtMs = performance.now();
    await asked;
    this.#diedAtMs = performance.now();
  }

  async #sample(): Promise<void> {
    const startedMs = performance.now();
    await this.#every(SAMPLE_EVERY_MS, async () => {
      const bytes = await treeMemoryBytes(this.#node.child.pid ?? 0);
      this.#samples.push({ atMs: performance.now() - startedMs, bytes });
    });
  }

  #tell(load: Load): void {
    const { requests, answered, errors, unanswered } = load.tally();
    const { minute = 0, memoryMb = 0 } = memoryPerMinute(this.#samples).at(-1) ?? {};
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
    this.#log(
      `minute ${minute}: ${memoryMb} MB, ${requests} requests, ${answered} answered, ${failed} errors, ${unanswered.length} unanswered`,
    );
  }

  #pick(): SoakScript {
    const total = this.#scripts.reduce((sum, { share }) => sum + share, 0);
    let left = Math.random() * total;
    for (const soaked of this.#scripts) {
      left -= soaked.share;
      if (left <= 0) return soaked;
    }
    return CRASHER;
  }

  async #every(everyMs: number, act: () => Promise<void> | void): Promise<void> {
    const { signal } = this.#stop;
    let nextMs = performance.now() + everyMs;
    while (!signal.aborted) {
      await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await act();
      nextMs = Math.max(nextMs + everyMs, performance.now());
    }
  }
}

async function startUpstream(): Promise<Server> {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end("from the upstream"), 10);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the upstream does not listen");
  return `http://127.0.0.1:${address.port}`;
}
