import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Probot } from "probot";
import { createInstallations } from "#adapters/github/installations.ts";
import { createAppForges } from "#adapters/github/upgrades/app-forges.ts";
import { createNpmRegistry } from "#adapters/npm/registry.ts";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { createReleaseRecords } from "#adapters/store/library-releases.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { takeWriteTurn } from "#adapters/store/write-turns.ts";
import type { Configuration } from "#app/configuration.ts";
import { GITHUB_PACE } from "#domain/campaign/pacing.ts";
import type { Builder, Clock } from "#domain/ports.ts";
import type { CampaignParts } from "./campaign-parts.ts";
import { createCodemods } from "./codemods.ts";

const GITHUB_API = "https://api.github.com";

interface Given {
  readonly store: Store;
  readonly probot: Probot;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly builder: Builder;
}

/** What campaigns work with, built once from the configuration over an open store. */
export async function createCampaignParts(
  { home, github, registryUrl }: Configuration,
  { store, probot, clock, logger, builder }: Given,
): Promise<CampaignParts> {
  const workFolder = join(home, "campaigns");
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  return {
    records: createCampaignRecords(store.db),
    releases: createReleaseRecords(store.db),
    forges: createAppForges({
      installations: createInstallations((installationId) => probot.auth(installationId), clock),
      apiUrl: github.apiUrl ?? GITHUB_API,
      clock: { now: () => clock.now(), sleep: (ms) => sleep(ms) },
      takeTurn:
        github.pacing === "unpaced"
          ? null
          : (account, nowMs) => takeWriteTurn(store.db, account, GITHUB_PACE, nowMs),
      log: (text) => logger.info({ part: "campaigns" }, text),
    }),
    newRegistry: () =>
      createNpmRegistry({ url: registryUrl, cacheFolder: join(workFolder, "npm-cache"), token: null }),
    codemods: createCodemods({ builder, workFolder }),
    workFolder,
  };
}
