import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { WORKER_FLAGS } from "#runtime/agent/worker-process.ts";
import { onCore, SERVER_CORE } from "../cores.ts";
import { makeColdBundle } from "../cold/cold-bundle.ts";
import type { ColdSample } from "../cold/cold-child.ts";
import { compare, median, type BenchResult, type SuiteOptions } from "../report.ts";

const STARTS_A_ROUND = 5;
const CHILD = join(import.meta.dirname, "../cold/cold-child.ts");

interface Starter {
  readonly name: string;
  readonly child: ChildProcess;
  readonly coldMs: number[];
  readonly warmedMs: number[];
}

/**
 * From a bundle's bytes in a worker's hands to its first response, for a script of some 50 KB with a router, a library
 * that checks input, and tables that are made as it loads; what an agent does before, and what a network does, is not in
 * it, for any side. A cold start is one that a request waits for: a script that was evicted, or whose worker was killed
 * or restarted, and so one that the node has compiled before. Ours takes a blank isolate and that code. Naive does the
 * same job in a plain Node process without preparation: it makes an isolate, loads the prelude, compiles, runs.
 * `first-time-vs-naive` is the same for a script that the node never had before, without compiled code; no request waits
 * for that one, since what it replaces, if anything, goes on serving. A warmed request is the first after the warm-up that the bundle
 * asks for, 200 requests.
 */
export async function coldStartSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const bundle = makeColdBundle();
  log(`the bundle has ${bundle.length} bytes`);
  const ours = starter("showrunner", "again", WORKER_FLAGS);
  const first = starter("showrunner, for the first time", "first", WORKER_FLAGS);
  const naive = starter("naive", "naive", ["--no-node-snapshot"]);
  const all = [ours, first, naive];
  try {
    for (const { child } of all) await sample(child, bundle);
    for (let round = 0; round < rounds; round += 1) {
      const from = round % all.length;
      for (const each of [...all.slice(from), ...all.slice(0, from)]) {
        await measure(each, bundle);
        const [cold = 0, warmed = 0] = [each.coldMs.at(-1), each.warmedMs.at(-1)];
        log(
          `round ${round + 1}/${rounds} ${each.name}: cold ${cold.toFixed(2)} ms, warmed ${warmed.toFixed(3)} ms`,
        );
      }
    }
  } finally {
    for (const { child } of all) child.kill();
  }
  const peer = { name: "naive compile", version: process.versions.node, values: naive.coldMs };
  return [
    compare("vs-naive", "lower", ours.coldMs, peer),
    compare("warmed-first-request-vs-cold", "lower", ours.warmedMs, {
      name: "first request of a revision that is not loaded",
      version: "workspace",
      values: ours.coldMs,
    }),
    compare("first-time-vs-naive", "lower", first.coldMs, peer),
  ];
}

async function measure({ child, coldMs, warmedMs }: Starter, bundle: string): Promise<void> {
  const samples: ColdSample[] = [];
  for (let start = 0; start < STARTS_A_ROUND; start += 1) samples.push(await sample(child, bundle));
  coldMs.push(median(samples.map((each) => each.coldMs)));
  warmedMs.push(median(samples.map((each) => each.warmedMs)));
}

function starter(name: string, mode: string, flags: readonly string[]): Starter {
  const [command, ...args] = onCore(SERVER_CORE, [process.execPath, ...flags, CHILD, mode]);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return { name, child, coldMs: [], warmedMs: [] };
}

async function sample(child: ChildProcess, bundle: string): Promise<ColdSample> {
  const ended = new AbortController();
  const exit = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("the process that was measured ended");
  });
  exit.catch(() => {});
  child.send(bundle);
  const [answer]: ColdSample[] = await Promise.race([once(child, "message", { signal: ended.signal }), exit]);
  ended.abort();
  if (answer === undefined) throw new Error("the process that was measured gave no sample");
  return answer;
}
