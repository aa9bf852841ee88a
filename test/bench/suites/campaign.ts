import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryOf } from "../../adapters/npm/registry-of.ts";
import { startBenchForge, type BenchForge } from "../campaign/bench-forge.ts";
import { benchPackages, benchRepositories, LIBRARY, needsPull, TO } from "../campaign/bench-repositories.ts";
import { measuredRun, type MeasuredRun } from "../campaign/measured-run.ts";
import { graphqlFront } from "../campaign/graphql-front.ts";
import { installRenovate, RENOVATE_VERSION, runRenovate } from "../campaign/renovate.ts";
import { compare, median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";

const REPOSITORIES = 200;
const CLI = join(import.meta.dirname, "../../../src/app/cli/main.ts");

/** The same work twice: with something to do, and with nothing new. */
interface Round {
  readonly first: MeasuredRun;
  readonly again: MeasuredRun;
}

type Apply = (home: string, forge: BenchForge, names: readonly string[]) => Promise<MeasuredRun>;

/**
 * `campaign apply` over 200 repositories with lockfiles of 60 packages on the local GitHub, all on loopback and without pacing:
 * first where seven of ten need a pull request, then again with nothing new. Every round has a forge of its own. A peer does
 * the same in the same round, on another forge with equal repositories.
 */
export async function campaignSuite({ rounds, peer, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const renovate = peer === "renovate" ? await installRenovate(log) : null;
  const registry = await registryOf(benchPackages());
  const done: Round[] = [];
  const peers: Round[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const ours = await oneRound(registry, log, (home, forge, names) =>
        applyOurs(home, forge, names, registry.url),
      );
      if (!/"writes": 0\b/.test(ours.again.stdout)) throw new Error("the second run did something");
      done.push(ours);
      log(`round ${round + 1}/${rounds}: ${words(ours.first)}; again ${words(ours.again)}`);
      if (renovate === null) continue;
      const theirs = await oneRound(registry, log, (home, forge, repositories) =>
        applyTheirs(renovate, home, forge, { registryUrl: registry.url, repositories }),
      );
      peers.push(theirs);
      log(`Renovate ${RENOVATE_VERSION}: ${words(theirs.first)}; again ${words(theirs.again)}`);
    }
  } finally {
    await registry.close();
  }
  return [...figures(done), ...(renovate === null ? [] : ratios(done, peers))];
}

function ratios(ours: readonly Round[], theirs: readonly Round[]): BenchResult[] {
  const ratio = (name: string, pick: (round: Round) => number): BenchResult =>
    compare(
      name,
      "lower",
      ours.map((round) => pick(round) / REPOSITORIES),
      {
        name: "renovate",
        version: RENOVATE_VERSION,
        values: theirs.map((round) => pick(round) / REPOSITORIES),
      },
    );
  return [
    ratio("cpu-vs-renovate", ({ first }) => first.cpuSeconds),
    ratio("wall-vs-renovate", ({ first }) => first.wallSeconds),
    ratio("noop-vs-renovate", ({ again }) => again.cpuSeconds),
  ];
}

function figures(done: readonly Round[]): BenchResult[] {
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
  apply: Apply,
): Promise<Round> {
  const home = await mkdtemp(join(tmpdir(), "showrunner-bench-"));
  const forge = await startBenchForge(home);
  try {
    log(`making ${REPOSITORIES} repositories`);
    const repositories = await benchRepositories(REPOSITORIES, registry);
    await forge.create(repositories);
    const names = [...repositories.keys()].map((name) => `acme/${name}`);
    const first = await apply(home, forge, names);
    await demandPulls(forge, first);
    const again = await apply(home, forge, names);
    await demandPulls(forge, again);
    return { first, again };
  } finally {
    await forge.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function applyOurs(
  home: string,
  forge: BenchForge,
  names: readonly string[],
  registryUrl: string,
): Promise<MeasuredRun> {
  await writeFile(join(home, "repos.txt"), names.map((name) => `${name}\n`).join(""));
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", CLI];
  const what = ["campaign", "apply", "--library", LIBRARY, "--to", TO, "--repos", "repos.txt", "--json"];
  const where = ["--api", forge.api, "--token", forge.token, "--registry", registryUrl];
  return measuredRun([...node, ...what, ...where], process.env, home);
}

async function applyTheirs(
  program: string,
  home: string,
  forge: BenchForge,
  what: { readonly registryUrl: string; readonly repositories: readonly string[] },
): Promise<MeasuredRun> {
  const front = await graphqlFront(forge);
  try {
    return await runRenovate(program, {
      ...what,
      home,
      api: front.api,
      token: forge.token,
      library: LIBRARY,
    });
  } finally {
    front.close();
  }
}

/** A fast run that left something out is no result. */
async function demandPulls(forge: BenchForge, { code, stdout }: MeasuredRun): Promise<void> {
  if (code !== 0) throw new Error(`it exited with ${code}: ${stdout.slice(-2_000)}`);
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
