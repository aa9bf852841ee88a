import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, pino } from "pino";
import { Probot, createNodeMiddleware } from "probot";
import { createBuilder } from "#adapters/bundles/builder.ts";
import { createFolderBundleStore } from "#adapters/bundles/folder-bundle-store.ts";
import { loadSigner } from "#adapters/bundles/signing.ts";
import { GIT_MIRROR_LIMITS } from "#adapters/git/git-mirror-options.ts";
import { createGitMirror } from "#adapters/git/git-mirror.ts";
import type { EffectCache } from "#adapters/github/effect-cache.ts";
import { createGitHubCodeHost } from "#adapters/github/github-code-host.ts";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";
import { createPrometheusMeasurements } from "#adapters/metrics/prometheus-measurements.ts";
import { createPrometheusSource } from "#adapters/metrics/prometheus-source.ts";
import { findEffect, recordEffect } from "#adapters/store/effects.ts";
import { type Store, openStore } from "#adapters/store/open-store.ts";
import type { Clock, CodeHost, GitMirror, Repository } from "#domain/ports.ts";
import { readPromises } from "./api/read-promises.ts";
import { createServer } from "./api/server.ts";
import { createBot } from "./bot/bot.ts";
import type { Configuration } from "./configuration.ts";
import { performOperation } from "./operations/perform-operation.ts";
import type { ReconcilerContext } from "./reconciler/context.ts";
import { createFleetCommitter } from "./reconciler/fleet-committer.ts";
import { createFleetView } from "./reconciler/fleet-view.ts";
import { createReconciler } from "./reconciler/reconcile.ts";
import { ManifestReader } from "./reconciler/repository-manifests.ts";
import { createRevisionBuilder } from "./reconciler/revision-builder.ts";
import { startSweep } from "./reconciler/sweep.ts";

const keysAtOnce = 8;
const buildMsMax = 60_000;
const drainMs = 2_000;

export interface ControlPlane {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds every part once, joins them, and begins to work. */
export async function startControlPlane(
  configuration: Configuration,
  version: string,
): Promise<ControlPlane> {
  const logger = pino({ level: configuration.logLevel }, pino.destination(2));
  const clock: Clock = { now: () => Date.now() };
  const { home, github } = configuration;
  const store = await openStore({ databaseUrl: configuration.databaseUrl, dir: join(home, "store"), logger });
  const probot = new Probot({
    appId: github.appId,
    privateKey: github.privateKey,
    secret: github.webhookSecret,
    Octokit: pacedOctokit(github.pacing, clock),
    log: logger.child({ part: "probot" }, { level: "warn" }),
    ...(github.apiUrl !== null && { baseUrl: github.apiUrl }),
  });
  const host = createGitHubCodeHost({
    octokitFor: (installationId) => probot.auth(installationId),
    effects: effectCache(store, clock),
    clock,
  });
  const context = await reconcilerContext(configuration, { store, host, clock, logger });
  store.queue.start(createReconciler(context), { concurrency: keysAtOnce });
  await store.queue.wake(["discovery"]);
  const stopSweep = startSweep(context);

  const app = await createServer({
    version,
    logger: logger.child({ part: "http" }, { level: "warn" }),
    webhooks: await createNodeMiddleware(createBot({ store, clock }), {
      probot,
      webhooksPath: "/api/github/webhooks",
    }),
    api: {
      store,
      clock,
      fleet: context.fleet,
      measurementSource: context.measurementSource,
      webUrl: github.webUrl,
      operate: (operation, how) => performOperation(context, operation, how),
    },
    nodes: {
      store,
      clock,
      bundles: context.bundles,
      signer: context.signer,
      registrationTokens: configuration.registrationTokens,
    },
    guard: guardOptions(configuration),
    promises: () => readPromises(store.db),
    unready: async () =>
      (await context.fleet.current()) === null ? ["no valid fleet.yaml was read yet"] : [],
  });
  const url = await app.listen({ port: configuration.port, host: configuration.host });
  return {
    url,
    async close() {
      await stopSweep();
      app.server.closeAllConnections();
      await app.close();
      await store.queue.stop(drainMs);
      await store.close();
    },
  };
}

async function reconcilerContext(
  configuration: Configuration,
  parts: { readonly store: Store; readonly host: CodeHost; readonly clock: Clock; readonly logger: Logger },
): Promise<ReconcilerContext> {
  const { home, fleetRepository } = configuration;
  const { store, host, clock, logger } = parts;
  const mirrors = new Map<number, GitMirror>();
  // A mirror is kept for a repository, whatever its name becomes.
  const newest = new Map<number, Repository>();
  const mirrorOf = (repository: Repository): GitMirror => {
    newest.set(repository.id, repository);
    const known = mirrors.get(repository.id);
    if (known) return known;
    const mirror = createGitMirror({
      dir: join(home, "mirrors", String(repository.id)),
      access: () => host.gitAccess(newest.get(repository.id) ?? repository),
      logger,
      limits: GIT_MIRROR_LIMITS,
      transport: "http",
    });
    mirrors.set(repository.id, mirror);
    return mirror;
  };
  const bundles = createFolderBundleStore(join(home, "bundles"));
  const builder = createBuilder({
    registryUrl: configuration.registryUrl,
    cacheDir: join(home, "build-cache"),
    timeoutMs: buildMsMax,
    logger,
  });
  const fleet = createFleetView({ host, mirrorOf, fleetRepository });
  return {
    records: store.records,
    queue: store.queue,
    host,
    clock,
    logger,
    mirrorOf,
    manifests: new ManifestReader(),
    fleet,
    bundles,
    committer: createFleetCommitter(host, fleet, sleep),
    builder: createRevisionBuilder({ builder, bundles, records: store.records, clock }),
    signer: await loadSigner({ key: configuration.signingKey, dir: join(home, "keys") }),
    fleetRepository,
    publicUrl: configuration.publicUrl,
    measurementSource:
      configuration.metricsFrom.kind === "prometheus"
        ? createPrometheusMeasurements(configuration.metricsFrom.url)
        : { measurements: (run) => store.records.listMeasurements(run.id) },
    metricSource:
      configuration.prometheusUrl === null ? null : createPrometheusSource(configuration.prometheusUrl),
  };
}

function effectCache(store: Store, clock: Clock): EffectCache {
  return {
    async get(key) {
      const effect = await findEffect(store.db, key);
      return effect && { remoteId: Number(effect.remoteId), contentHash: effect.contentHash };
    },
    async set(key, { remoteId, contentHash }) {
      await recordEffect(store.db, {
        key,
        remoteId: String(remoteId),
        contentHash,
        updatedAtMs: clock.now(),
      });
    },
  };
}

function guardOptions({ apiToken, host, publicUrl }: Configuration) {
  const isLoopback = host === "127.0.0.1" || host === "localhost" || host === "::1";
  const names = publicUrl === null ? [host] : [host, new URL(publicUrl).hostname];
  return {
    token: apiToken,
    hosts: new Set(isLoopback ? [...names, "127.0.0.1", "localhost", "[::1]"] : names),
    openForReading: isLoopback,
  };
}
