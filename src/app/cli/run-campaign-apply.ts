import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { createForgeClient, type ForgeClient } from "#adapters/github/upgrades/forge-client.ts";
import { findApi } from "#adapters/github/upgrades/find-api.ts";
import { RestUpgradeForge } from "#adapters/github/upgrades/rest-upgrade-forge.ts";
import { openRunCache } from "#adapters/github/upgrades/run-cache.ts";
import { createNpmRegistry, type NpmRegistry } from "#adapters/npm/registry.ts";
import { GITHUB_PACE } from "#domain/campaign/pacing.ts";
import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import { type Codemod, type CodemodFiles, withCodemod } from "#app/campaign/codemod.ts";
import { applyCampaign, totalsOf } from "#app/campaign/apply-campaign.ts";
import { NO_EVIDENCE } from "#app/presentation/upgrade-pull-request.ts";
import type { UpgradeRun } from "#app/campaign/upgrade-run.ts";
import { readApplyOrder, type ApplyOptions, type ApplyOrder } from "./campaign-apply-order.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { formatOutcome, formatTotals } from "./format-campaign.ts";

const BUILD_MS_MAX = 60_000;

/** Applies the order to every repository in it, and prints what became of each. */
export async function runCampaignApply(options: ApplyOptions, context: CliContext): Promise<ExitCode> {
  const order = await readApplyOrder(options, context);
  const startedMs = context.now();
  if (order.idle !== null || order.repositories.length === 0) {
    context.log(order.idle === null ? "There are no repositories." : `Nothing to do: ${order.idle}.`);
    return summarise(order, [], { reads: 0, writes: 0, unchanged: 0 }, 0, options, context);
  }
  const clock = { now: context.now, sleep: (ms: number) => delay(ms) };
  const apiUrl = await findApi(order.apiUrl, order.token, order.repositories[0] ?? "");
  if (apiUrl.kind === "unreachable")
    throw new CliError(3, `Could not reach ${order.apiUrl}: ${apiUrl.reason}`);
  const scope = createHash("sha256").update(`${apiUrl.url}\n${order.token}`).digest("hex");
  const cache = await openRunCache(order.stateFile, scope);
  const client = createForgeClient({
    apiUrl: apiUrl.url,
    token: order.token,
    clock,
    pace: order.isPaced ? GITHUB_PACE : null,
    earlierWritesMs: cache.writesMs.filter((atMs) => atMs <= context.now()),
    sharedTurn: null,
    log: context.log,
  });
  const workFolder = await mkdtemp(path.join(tmpdir(), "showrunner-campaign-"));
  try {
    const registry = createNpmRegistry({
      url: order.registryUrl,
      cacheFolder: path.join(workFolder, "npm-cache"),
      token: context.env["NPM_TOKEN"] || null,
    });
    const forge = new RestUpgradeForge(client, cache, clock);
    await demandVersions(order, registry);
    const codemod =
      order.codemod === null ? null : await codemodFrom(order.codemod, order, workFolder, context);
    const outcomes: LibraryOutcome[] = [];
    for (const goal of order.goals) {
      const run: UpgradeRun = {
        goal: codemod === null ? goal : withCodemod(goal, codemod),
        forge,
        registry,
        workFolder,
        facts: cache,
        codemod,
        reasonsAgainst: () => Promise.resolve([]),
        mayOpen: true,
        evidence: NO_EVIDENCE,
      };
      const done = await applyCampaign(order.repositories, run, (one, count) => {
        context.log(`${count}/${order.repositories.length} ${formatOutcome(one)}`);
      });
      outcomes.push(...done.map((one) => ({ library: goal.library, ...one })));
    }
    await cache.save(client.writesMs());
    return summarise(order, outcomes, client.counts, context.now() - startedMs, options, context);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Built from the current folder; one that is wrong ends the command before any repository is touched. */
async function codemodFrom(
  file: string,
  { registryUrl }: ApplyOrder,
  workFolder: string,
  { cwd, log }: CliContext,
): Promise<Codemod> {
  // Only this flag needs the builder.
  const { createBuilder } = await import("#adapters/bundles/builder.ts");
  const { createCodemods } = await import("#app/campaign/codemods.ts");
  const logger = pino({ level: "silent" });
  const cacheDir = path.join(workFolder, "build-cache");
  const builder = createBuilder({ registryUrl, cacheDir, timeoutMs: BUILD_MS_MAX, logger });
  const files: CodemodFiles = {
    async list(folder) {
      const entries = await readdir(path.join(cwd, folder), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(cwd, path.join(entry.parentPath, entry.name)));
    },
    async read(paths) {
      const texts = new Map<string, string>();
      for (const one of paths) {
        const text = await readFile(path.join(cwd, one), "utf8").catch(() => null);
        if (text !== null) texts.set(one, text);
      }
      return texts;
    },
  };
  const codemod = await createCodemods({ builder, workFolder }).find(files, file);
  if (codemod.broken !== null) throw new CliError(2, `--codemod ${file}: ${codemod.broken}.`);
  log(`The codemod ${file} is built.`);
  return codemod;
}

type LibraryOutcome = RepositoryOutcome & { readonly library: string };

/** A version that is not published would fail in every repository. */
async function demandVersions(order: ApplyOrder, registry: NpmRegistry): Promise<void> {
  for (const { library, version } of order.named) {
    let found: boolean;
    try {
      found = await registry.has(library, version);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : "no reason given";
      throw new CliError(3, `Could not reach the registry ${order.registryUrl}: ${reason}`);
    }
    if (found === null)
      throw new CliError(2, `The registry ${order.registryUrl} has no ${library}@${version}.`);
  }
}

function summarise(
  order: ApplyOrder,
  outcomes: readonly LibraryOutcome[],
  requests: ForgeClient["counts"],
  durationMs: number,
  options: ApplyOptions,
  context: CliContext,
): ExitCode {
  const totals = totalsOf(outcomes);
  const summary = {
    library: order.goals.length === 1 ? (order.goals[0]?.library ?? null) : (options.library ?? null),
    version: order.named[0]?.version ?? null,
    advisory: order.goals[0]?.advisory?.id ?? null,
    repositories: outcomes,
    totals,
    requests,
    durationMs,
  };
  context.out(options.json === true ? `${JSON.stringify(summary, null, 2)}\n` : `${formatTotals(totals)}\n`);
  return totals.failed + totals.alert > 0 ? 1 : 0;
}
