import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startBenchForge, type BenchForge } from "../campaign/bench-forge.ts";
import {
  controlPlaneEnvironment,
  onServerCore,
  startChild,
  startControlPlane,
} from "../control-plane/bench-control-plane.ts";
import { fillStore } from "../control-plane/fill-store.ts";
import { documentOf, mergeOnce, until } from "../control-plane/merge-once.ts";
import { fillSteadyFleet, REGIONS, type SteadyScript } from "../control-plane/steady-fleet.ts";
import type { SweepReport } from "../control-plane/sweep-child.ts";
import { onAllCores } from "../cores.ts";
import { residentMb } from "../process-memory.ts";
import { median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";

const SCRIPTS = 10_000;
const FEWER_SCRIPTS = 2_500;
const MERGES = 3;
const LOOK_MS = 100;
const QUIET_MS = 5_000;
const SWEEP_CHILD = join(import.meta.dirname, "../control-plane/sweep-child.ts");

interface Measured {
  readonly sweeps: SweepReport;
  readonly mergeMs: readonly number[];
  readonly peakMb: number;
}

/**
 * So many scripts in three regions, six nodes that report them all, real repositories on the local GitHub and the
 * embedded store. For the sweeps everything of ours and its git is on one core. A sweep is what runs every minute: it lists the repositories, fetches the
 * fleet repository, reads every script's row, compares them with the releases, looks for lost bundles and compares the
 * regions' documents; the benchmark fails when it wakes anything but what differs. Then scripts are merged, each by a
 * pull request of its own, to the real control plane, which may use all cores.
 */
export async function reconcileSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const fewer = await measure(FEWER_SCRIPTS, rounds, 0, log);
  const all = await measure(SCRIPTS, rounds, MERGES, log);
  const perSecond = SCRIPTS / (median(all.sweeps.sweepMs) / 1000);
  const fewerPerSecond = FEWER_SCRIPTS / (median(fewer.sweeps.sweepMs) / 1000);
  return [
    { name: "keys-per-second", value: rounded(perSecond), unit: "1/s", better: "higher" },
    { name: "peak-memory-mb", value: rounded(all.peakMb), unit: "MB", better: "lower" },
    { name: "merge-to-document-ms", value: rounded(median(all.mergeMs)), unit: "ms", better: "lower" },
    { name: "keys-per-second-of-2500", value: rounded(fewerPerSecond), unit: "1/s", better: "higher" },
    {
      name: "cost-per-key-10000-vs-2500",
      value: rounded(fewerPerSecond / perSecond),
      unit: "ratio",
      better: "lower",
    },
    { name: "first-sweep-ms", value: rounded(all.sweeps.firstMs), unit: "ms", better: "lower" },
    { name: "first-sweep-ms-of-2500", value: rounded(fewer.sweeps.firstMs), unit: "ms", better: "lower" },
  ];
}

async function measure(
  scripts: number,
  rounds: number,
  merges: number,
  log: (text: string) => void,
): Promise<Measured> {
  const home = await mkdtemp(join(tmpdir(), "showrunner-bench-"));
  const forge = await startBenchForge(home, "all");
  try {
    const environment = controlPlaneEnvironment(home, forge, REGIONS);
    const state = join(home, "control-plane");
    log(`making ${scripts} scripts`);
    const steady = await fillSteadyFleet(forge, home, join(state, "bundles"), { scripts, alone: MERGES });
    await fillStore(join(state, "store"), steady);
    const memory = watchMemory();
    const child = await startChild([SWEEP_CHILD, String(rounds)], environment, onServerCore, memory.watch);
    const sweeps: SweepReport = JSON.parse(child.line);
    log(
      `${scripts} scripts: the first sweep ${sweeps.firstMs.toFixed(0)} ms, then ${words(sweeps.sweepMs)} ms`,
    );
    const mergeMs =
      merges === 0 ? [] : await merge(forge, environment, steady.slice(0, merges), memory.watch);
    if (merges > 0) log(`from the acknowledged webhook to the document: ${words(mergeMs)} ms`);
    return { sweeps, mergeMs, peakMb: memory.end() };
  } finally {
    await forge.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function merge(
  forge: BenchForge,
  environment: Readonly<Record<string, string>>,
  scripts: readonly SteadyScript[],
  watch: (pid: number) => void,
): Promise<number[]> {
  const plane = await startControlPlane(environment, onAllCores, watch);
  const url = plane.line.split(" ").at(-1) ?? "";
  try {
    await until("a document of every script", async () => (await documentOf(url, null)).document !== null);
    await sleep(QUIET_MS);
    const mergeMs: number[] = [];
    for (const script of scripts) {
      mergeMs.push(await mergeOnce(forge, url, script));
      await sleep(QUIET_MS);
    }
    return mergeMs;
  } finally {
    await plane.stop();
  }
}

/** The most that a process, with what it started, held at any time. */
function watchMemory(): { readonly watch: (pid: number) => void; readonly end: () => number } {
  let watched = 0;
  let peakMb = 0;
  const timer = setInterval(() => {
    if (watched !== 0) peakMb = Math.max(peakMb, residentMb(watched));
  }, LOOK_MS);
  return {
    watch(pid) {
      watched = pid;
    },
    end() {
      clearInterval(timer);
      return peakMb;
    },
  };
}

function words(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(", ");
}
