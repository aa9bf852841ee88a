import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/rest";
import { startBenchForge, type BenchForge } from "../campaign/bench-forge.ts";
import { controlPlaneEnvironment, startControlPlane } from "../control-plane/bench-control-plane.ts";
import { pushWebhook, sendDelivery } from "../control-plane/send-delivery.ts";
import { LOAD_CORE } from "../cores.ts";
import { median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";

const REPOSITORIES = 20;
const OFFERED_PER_SECOND = 200;
const OFFERED_MS = 10_000;
const WARM_MS = 3_000;
/** Long enough for the first look at all repositories. */
const SETTLE_MS = 5_000;
const FULL_CONNECTIONS = 32;
const FULL_MS = 5_000;
const FLEET = "kind: Fleet\nregions:\n  eu-west-1: { timezone: Europe/Dublin }\n";

type Send = (seed: number) => Promise<number>;

/**
 * Signed `push` deliveries of about 6 KB, each with a GUID of its own, to the real control plane on one core with the
 * embedded store, which at the same time reconciles the twenty repositories that they wake. `ack-p99-ms` is at 200 a
 * second, offered by the clock and counted from the moment each was due; `deliveries-per-second` is how many are
 * acknowledged when 32 senders wait for nothing else.
 */
export async function webhookSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const home = await mkdtemp(join(tmpdir(), "showrunner-bench-"));
  const forge = await startBenchForge(home, LOAD_CORE);
  try {
    const repositories = await makeRepositories(forge);
    const plane = await startControlPlane(controlPlaneEnvironment(home, forge, ["eu-west-1"]));
    const url = plane.line.split(" ").at(-1) ?? "";
    try {
      const send: Send = async (seed) => {
        const repository = repositories[seed % repositories.length];
        if (!repository) throw new Error("there is no repository");
        const status = await sendDelivery(url, forge.app.webhookSecret, pushWebhook(repository, seed));
        if (status !== 200) throw new Error(`a delivery was answered ${status}`);
        return performance.now();
      };
      await sleep(SETTLE_MS);
      await offer(send, WARM_MS);
      const p99s: number[] = [];
      const capacities: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const latencies = await offer(send, OFFERED_MS);
        const p99Ms = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
        const perSecond = await full(send);
        p99s.push(p99Ms);
        capacities.push(perSecond);
        log(
          `round ${round}/${rounds}: p99 ${p99Ms.toFixed(0)} ms at 200/s, ${perSecond.toFixed(0)}/s at most`,
        );
      }
      return [
        { name: "deliveries-per-second", value: rounded(median(capacities)), unit: "1/s", better: "higher" },
        { name: "ack-p99-ms", value: rounded(median(p99s)), unit: "ms", better: "lower" },
      ];
    } finally {
      await plane.stop();
    }
  } finally {
    await forge.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function makeRepositories(forge: BenchForge): Promise<{ id: number; name: string }[]> {
  const names = Array.from({ length: REPOSITORIES }, (_, index) => `script-${index}`);
  const files = names.map((name): [string, Map<string, string>] => [
    name,
    new Map([
      ["showrunner.yaml", `kind: Script\nname: ${name}\nowner: team\nentry: index.js\n`],
      ["index.js", "export default { fetch: () => new Response('ok') };\n"],
    ]),
  ]);
  const repositories = new Map([["fleet", new Map([["fleet.yaml", FLEET]])], ...files]);
  await forge.create(repositories);
  const octokit = new Octokit({ auth: forge.token, baseUrl: forge.api });
  const found = names.map(async (repo) => (await octokit.rest.repos.get({ owner: "acme", repo })).data);
  return (await Promise.all(found)).map(({ id, name }) => ({ id, name }));
}

let nextSeed = 1;

/** Sends by the clock, whatever the answers take; milliseconds from when each was due. */
async function offer(send: Send, durationMs: number): Promise<number[]> {
  const startedMs = performance.now();
  const count = Math.floor((durationMs * OFFERED_PER_SECOND) / 1000);
  const latencies: Promise<number>[] = [];
  while (latencies.length < count) {
    const due = Math.min(count, ((performance.now() - startedMs) * OFFERED_PER_SECOND) / 1000);
    while (latencies.length < due) {
      const dueMs = startedMs + (latencies.length * 1000) / OFFERED_PER_SECOND;
      nextSeed += 1;
      latencies.push(send(nextSeed).then((atMs) => atMs - dueMs));
    }
    await sleep(1);
  }
  return Promise.all(latencies);
}

/** Acknowledged a second while every sender sends the next one at once. */
async function full(send: Send): Promise<number> {
  const endsMs = performance.now() + FULL_MS;
  let done = 0;
  const sender = async (): Promise<void> => {
    while (performance.now() < endsMs) {
      nextSeed += 1;
      await send(nextSeed);
      done += 1;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: FULL_CONNECTIONS }, sender));
  return (1000 * done) / (performance.now() - startedMs);
}
