import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { Probot } from "probot";
import { createBuilder } from "#adapters/bundles/builder.ts";
import { createFolderBundleStore } from "#adapters/bundles/folder-bundle-store.ts";
import { loadSigner } from "#adapters/bundles/signing.ts";
import { createGitFacts } from "#adapters/git/git-facts.ts";
import { GIT_MIRROR_LIMITS } from "#adapters/git/git-mirror-options.ts";
import { createGitMirror } from "#adapters/git/git-mirror.ts";
import { createGitRunner } from "#adapters/git/git-runner.ts";
import type { EffectCache } from "#adapters/github/effect-cache.ts";
import { createGitHubCodeHost } from "#adapters/github/github-code-host.ts";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";
import { createPrometheusMeasurements } from "#adapters/metrics/prometheus-measurements.ts";
import { createPrometheusSource } from "#adapters/metrics/prometheus-source.ts";
import { findEffect, recordEffect } from "#adapters/store/effects.ts";
import { createExperimentRecords } from "#adapters/store/experiments.ts";
import type { Store } from "#adapters/store/open-store.ts";
import type { Clock, GitMirror, Repository } from "#domain/ports.ts";
import { createCampaignParts } from "./campaign/create-campaign-parts.ts";
import type { Configuration } from "./configuration.ts";
import type { ReconcilerContext } from "./reconciler/context.ts";
import { createFleetCommitter } from "./reconciler/fleet-committer.ts";
import { ParsedReleases } from "./reconciler/parsed-releases.ts";
import { createFleetView } from "./reconciler/fleet-view.ts";
import { ManifestReader } from "./reconciler/repository-manifests.ts";
import { createRevisionBuilder } from "./reconciler/revision-builder.ts";

const buildMsMax = 60_000;

/** Probot and what controllers work with, built once from the configuration over an open store. */
export async function createReconcilerContext(
  configuration: Configuration,
  parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
): Promise<{ readonly probot: Probot; readonly context: ReconcilerContext }> {
  const { home, fleetRepository, github } = configuration;
  const { store, clock, logger } = parts;
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
  const mirrors = new Map<number, GitMirror>();
  // A mirror is kept for a repository, whatever its name becomes.
  const newest = new Map<number, Repository>();
  const shared = { facts: createGitFacts(), runner: createGitRunner() };
  const mirrorOf = (repository: Repository): GitMirror => {
    newest.set(repository.id, repository);
    const known = mirrors.get(repository.id);
    if (known) return known;
    const mirror = createGitMirror({
      dir: join(home, "mirrors", String(repository.id)),
      access: () => host.gitAccess(newest.get(repository.id) ?? repository),
      logger,
      limits: GIT_MIRROR_LIMITS,
      ...shared,
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
  const fleet = createFleetView({ host, mirrorOf, fleetRepository, parsedReleases: new ParsedReleases() });
  const context: ReconcilerContext = {
    records: store.records,
    queue: store.queue,
    host,
    clock,
    listeningSinceMs: clock.now(),
    logger,
    mirrorOf,
    manifests: new ManifestReader(),
    fleet,
    bundles,
    campaigns: await createCampaignParts(configuration, { store, probot, clock, logger, builder }),
    experiments: createExperimentRecords(store.db),
    committer: createFleetCommitter(host, fleet, sleep),
    builder: createRevisionBuilder({ builder, bundles, records: store.records, queue: store.queue, clock }),
    signer: await loadSigner({ key: configuration.signingKey, dir: join(home, "keys") }),
    fleetRepository,
    publicUrl: configuration.publicUrl,
    measurementSource: measurementSource(configuration, store),
    metricSource:
      configuration.prometheusUrl === null ? null : createPrometheusSource(configuration.prometheusUrl),
  };
  return { probot, context };
}

function measurementSource(
  { metricsFrom }: Configuration,
  { records }: Store,
): ReconcilerContext["measurementSource"] {
  if (metricsFrom.kind === "prometheus") return createPrometheusMeasurements(metricsFrom.url);
  return { measurements: (run) => records.listMeasurements(run.id), history: () => Promise.resolve({}) };
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
