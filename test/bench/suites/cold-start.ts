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
 * From a bundle's bytes to its first response. Ours is how a revision comes back after a restart, a killed worker or an
 * eviction: a blank isolate, and code that the node compiled before. Naive makes an isolate, loads the prelude and
 * compiles, in a plain Node process. A cold request is one that finds the revision not loaded, started in our way.
 */
export async function coldStartSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const bundle = makeColdBundle();
  log(`the bundle has ${bundle.length} bytes`);
  const ours = starter("showrunner", "warm", WORKER_FLAGS);
  const naive = starter("naive", "naive", ["--no-node-snapshot"]);
  try {
    for (const { child } of [ours, naive]) await sample(child, bundle);
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, child, coldMs, warmedMs } of round % 2 === 0 ? [ours, naive] : [naive, ours]) {
        const samples: ColdSample[] = [];
        for (let start = 0; start < STARTS_A_ROUND; start += 1) samples.push(await sample(child, bundle));
        coldMs.push(median(samples.map((each) => each.coldMs)));
        warmedMs.push(median(samples.map((each) => each.warmedMs)));
        const [cold = 0, warmed = 0] = [coldMs.at(-1), warmedMs.at(-1)];
        log(
          `round ${round + 1}/${rounds} ${name}: cold ${cold.toFixed(2)} ms, warmed ${warmed.toFixed(3)} ms`,
        );
      }
    }
  } finally {
    for (const { child } of [ours, naive]) child.kill();
  }
  const node = process.versions.node;
  return [
    compare("vs-naive", "lower", ours.coldMs, { name: "naive compile", version: node, values: naive.coldMs }),
    compare("warmed-first-request-vs-cold", "lower", ours.warmedMs, {
      name: "first request of a revision that is not loaded",
      version: "workspace",
      values: ours.coldMs,
    }),
  ];
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
