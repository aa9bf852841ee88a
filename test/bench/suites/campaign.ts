import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryOf } from "../../adapters/npm/registry-of.ts";
import { startBenchForge, type BenchForge } from "../campaign/bench-forge.ts";
import { benchPackages, benchRepositories, LIBRARY, needsPull, TO } from "../campaign/bench-repositories.ts";
import { measuredRun, type MeasuredRun } from "../campaign/measured-run.ts";
import { median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";

const REPOSITORIES = 200;
const CLI = join(import.meta.dirname, "../../../src/app/cli/main.ts");

interface Round {
  readonly first: MeasuredRun;
  readonly again: MeasuredRun;
}

/**
 * `campaign apply` over 200 repositories with lockfiles of 60 packages on the local GitHub, all on loopback and without pacing:
 * first where seven of ten need a pull request, then again with nothing new. Every round has a forge of its own.
 */
export async function campaignSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const registry = await registryOf(benchPackages());
  const done: Round[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { first, again } = await oneRound(registry, log);
      done.push({ first, again });
      log(`round ${round + 1}/${rounds}: ${words(first)}; again ${words(again)}`);
    }
  } finally {
    await registry.close();
  }
  const each = (pick: (round: Round) => number): number => rounded(median(done.map(pick)));
  return [
    result(
      "cpu-seconds-per-repo",
      each(({ first }) => first.cpuSeconds / REPOSITORIES),
      "s",
    ),
    result(
      "wall-seconds-per-repo",
      each(({ first }) => first.wallSeconds / REPOSITORIES),
      "s",
    ),
    result(
      "noop-cpu-seconds-per-repo",
      each(({ again }) => again.cpuSeconds / REPOSITORIES),
      "s",
    ),
    result(
      "noop-wall-seconds-per-repo",
      each(({ again }) => again.wallSeconds / REPOSITORIES),
      "s",
    ),
    result(
      "peak-memory-mb",
      each(({ first, again }) => Math.max(first.peakMb, again.peakMb)),
      "MB",
    ),
  ];
}

async function oneRound(
  registry: Awaited<ReturnType<typeof registryOf>>,
  log: (text: string) => void,
): Promise<Round> {
  const home = await mkdtemp(join(tmpdir(), "showrunner-bench-"));
  const forge = await startBenchForge(home);
  try {
    log(`making ${REPOSITORIES} repositories`);
    const repositories = await benchRepositories(REPOSITORIES, registry);
    await forge.create(repositories);
    await writeFile(
      join(home, "repos.txt"),
      [...repositories.keys()].map((name) => `acme/${name}\n`).join(""),
    );
    const run = (): Promise<MeasuredRun> => apply(home, forge, registry.url);
    const first = await run();
    await demandPulls(forge, first);
    const again = await run();
    if (again.code !== 0 || !/"writes": 0\b/.test(again.stdout))
      throw new Error("the second run did something");
    return { first, again };
  } finally {
    await forge.close();
    await rm(home, { recursive: true, force: true });
  }
}

function apply(home: string, forge: BenchForge, registryUrl: string): Promise<MeasuredRun> {
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", CLI];
  const what = ["campaign", "apply", "--library", LIBRARY, "--to", TO, "--repos", "repos.txt", "--json"];
  const where = ["--api", forge.api, "--token", forge.token, "--registry", registryUrl];
  return measuredRun([...node, ...what, ...where], process.env, home);
}

/** A fast run that left something out is no result. */
async function demandPulls(forge: BenchForge, { code }: MeasuredRun): Promise<void> {
  if (code !== 0) throw new Error(`campaign apply exited with ${code}`);
  for (const index of [0, 2, 4, 6, 7, 9, REPOSITORIES - 2]) {
    const titles = await forge.openPulls(`app-${index}`);
    if (titles.length !== (needsPull(index) ? 1 : 0))
      throw new Error(`app-${index} has ${titles.length} pull requests`);
  }
}

function words({ cpuSeconds, wallSeconds, peakMb }: MeasuredRun): string {
  return `${cpuSeconds.toFixed(1)} CPU-s, ${wallSeconds.toFixed(1)} s, ${peakMb.toFixed(0)} MB`;
}

function result(name: string, value: number, unit: string): BenchResult {
  return { name, value, unit, better: "lower" };
}
