import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFolderBundleStore } from "#adapters/bundles/folder-bundle-store.ts";
import { loadSigner } from "#adapters/bundles/signing.ts";
import { createGitFacts } from "#adapters/git/git-facts.ts";
import { GIT_MIRROR_LIMITS } from "#adapters/git/git-mirror-options.ts";
import { createGitMirror } from "#adapters/git/git-mirror.ts";
import { createGitRunner } from "#adapters/git/git-runner.ts";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { createFleetCommitter } from "#app/reconciler/fleet-committer.ts";
import { ParsedReleases } from "#app/reconciler/parsed-releases.ts";
import { createFleetView } from "#app/reconciler/fleet-view.ts";
import { ManifestReader } from "#app/reconciler/repository-manifests.ts";
import { createRevisionBuilder } from "#app/reconciler/revision-builder.ts";
import type { GitMirror, Repository } from "#domain/ports.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import type { Release } from "#schemas/types.ts";
import { head, type LocalHost, REPO, startLocalHost } from "../../adapters/github/local-host.ts";
import { noCampaigns } from "../../simulation/no-campaigns.ts";
import { noExperiments } from "../../simulation/no-experiments.ts";
import { silentLogger, temporaryStoreDir } from "../../adapters/store/store-template.ts";

export const fleetYaml = `kind: Fleet
regions:
  eu-west-1: { timezone: Europe/Dublin }
  us-east-1: { timezone: America/New_York }
operators: ["@alice"]
`;

/** The controllers' real parts over a local GitHub, whose one repository is the fleet's and holds scripts as well. */
export interface ControlRoom {
  readonly host: LocalHost;
  readonly store: Store;
  readonly context: ReconcilerContext;
  /** Commits to the fleet repository as the app; null deletes. */
  commit(changes: Readonly<Record<string, string | null>>, message?: string): Promise<string>;
  /** The text of a file of the fleet repository; null when it is not there. */
  file(path: string): Promise<string | null>;
  /** Messages of the fleet repository's commits, newest first. */
  messages(): Promise<string[]>;
  end(): Promise<void>;
}

const runner = createGitRunner();

export async function openControlRoom(): Promise<ControlRoom> {
  const folder = mkdtempSync(join(tmpdir(), "showrunner-room-"));
  const host = await startLocalHost();
  const dir = await temporaryStoreDir();
  const store = await openStore({ databaseUrl: null, dir, logger: silentLogger });
  const mirrors = new Map<number, GitMirror>();
  const mirrorOf = (repository: Repository): GitMirror => {
    const known = mirrors.get(repository.id);
    if (known) return known;
    const mirror = createGitMirror({
      dir: join(folder, "mirrors", String(repository.id)),
      access: () => host.codeHost.gitAccess(repository),
      logger: silentLogger,
      limits: GIT_MIRROR_LIMITS,
      facts: createGitFacts(),
      runner,
      transport: "http",
    });
    mirrors.set(repository.id, mirror);
    return mirror;
  };
  const fleetRepository = host.repository.fullName;
  const fleet = createFleetView({
    host: host.codeHost,
    mirrorOf,
    fleetRepository,
    parsedReleases: new ParsedReleases(),
  });
  const bundles = createFolderBundleStore(join(folder, "bundles"));
  const clock = { now: () => Date.now() };
  const builder = { build: () => Promise.reject(new Error("nothing is built here")) };
  const context: ReconcilerContext = {
    records: store.records,
    queue: store.queue,
    host: host.codeHost,
    mirrorOf,
    manifests: new ManifestReader(),
    fleet,
    committer: createFleetCommitter(host.codeHost, fleet, sleep),
    builder: createRevisionBuilder({ builder, bundles, records: store.records, queue: store.queue, clock }),
    bundles,
    signer: await loadSigner({ key: null, dir: join(folder, "keys") }),
    clock,
    listeningSinceMs: clock.now(),
    logger: silentLogger,
    fleetRepository,
    publicUrl: null,
    measurementSource: {
      measurements: (run) => store.records.listMeasurements(run.id),
      history: () => Promise.resolve({}),
    },
    metricSource: null,
    campaigns: noCampaigns,
    experiments: noExperiments,
  };
  const room: ControlRoom = {
    host,
    store,
    context,
    async commit(changes, message = "Change") {
      const list = Object.entries(changes).map(([path, content]) => ({ path, content }));
      const outcome = await host.codeHost.commitFiles(
        host.repository,
        "main",
        await head(host),
        list,
        message,
      );
      if (outcome.kind !== "committed") throw new Error("the branch moved");
      return outcome.commit;
    },
    async file(path) {
      const { data } = await host.alice.rest.git.getTree({ ...REPO, tree_sha: "main", recursive: "1" });
      const entry = data.tree.find((one) => one.path === path);
      if (entry?.sha === undefined) return null;
      const { data: blob } = await host.alice.rest.git.getBlob({ ...REPO, file_sha: entry.sha });
      return Buffer.from(blob.content, "base64").toString("utf8");
    },
    async messages() {
      const { data } = await host.alice.rest.repos.listCommits({ ...REPO, per_page: 100 });
      return data.map((one) => one.commit.message);
    },
    async end() {
      await store.close();
      await host.end();
      rmSync(folder, { recursive: true, force: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await room.commit({ "fleet.yaml": fleetYaml });
  return room;
}

/** Release files of one script at one revision, in both regions. */
export function releasesAt(script: string, stable: NonNullable<Release["stable"]>): Record<string, string> {
  const source = { repoId: 7, repo: "alice/scripts", path: "." };
  const text = releaseText({ kind: "Release", script, version: "1", source, stable });
  return Object.fromEntries(
    ["eu-west-1", "us-east-1"].map((region) => [releasePath(region, script, "1"), text]),
  );
}
