import {
  parseCampaign,
  parseCanaryRun,
  parseExperiment,
  parseFleet,
  parseFreeze,
  parseGroup,
  parseHold,
  parseKill,
} from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { CampaignFile, ExperimentFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Campaign, CanaryRun, Experiment, Freeze, Group, Hold, Kill } from "#schemas/types.ts";
import type { ParsedReleases } from "./parsed-releases.ts";
import { type Entry, type Parse, type ReadFile, type Reading, fileBytesMax, readFile } from "./read-file.ts";
import { noReleases, readReleases } from "./read-releases.ts";

/** What the files of the last commit that was read came to, by path: the next commit changes few of them. */
export class FleetFiles {
  readonly fleet = new Map<string, ReadFile<FleetManifest>>();
  releases = noReleases;
  readonly holds = new Map<string, ReadFile<Hold>>();
  readonly freezes = new Map<string, ReadFile<Freeze>>();
  readonly kills = new Map<string, ReadFile<Kill>>();
  readonly canaries = new Map<string, ReadFile<CanaryRun>>();
  readonly groups = new Map<string, ReadFile<Group>>();
  readonly campaigns = new Map<string, ReadFile<Campaign>>();
  readonly experiments = new Map<string, ReadFile<Experiment>>();
  readonly parsedReleases: ParsedReleases;

  constructor(parsedReleases: ParsedReleases) {
    this.parsedReleases = parsedReleases;
  }
}

/**
 * Reads one commit of the fleet repository. A file that is not valid is refused and named in `problems`, and the last
 * valid text of the same file is used instead. Null when no valid fleet.yaml can be found. Only files that differ from
 * those in `files` are parsed, which is brought up to date.
 */
export async function readFleetSnapshot(
  mirror: GitMirror,
  commit: string,
  files: FleetFiles,
): Promise<FleetSnapshot | null> {
  // Asked for at once, for each question is a process of git's.
  const facts = Promise.all([mirror.firstParentCount(commit), mirror.committedAtMs(commit)]);
  facts.catch(() => undefined);
  const entries = await mirror.list(commit, ".");
  const problems: Problem[] = [];
  const reading = { mirror, commit, problems };
  const manifests = entries.filter(({ path }) => path.endsWith(".yaml") || path.endsWith(".yml"));
  const releaseEntries = manifests.filter(({ path }) => path.startsWith("releases/"));
  const folders = Map.groupBy(
    manifests.filter(({ path }) => !path.startsWith("releases/")),
    ({ path }) => path.slice(0, Math.max(0, path.indexOf("/"))),
  );
  const inFolder = (folder: string) => folders.get(folder) ?? [];
  // One that was deleted is looked for in the history as a broken one is.
  const fleetEntry = entries.find(({ path }) => path === "fleet.yaml") ?? { path: "fleet.yaml", id: "" };
  await readFiles(reading, [fleetEntry], parseFleet, files.fleet);
  const fleet = files.fleet.get("fleet.yaml");
  if (!fleet?.manifest) return null;
  const regions = new Set(fleet.manifest.regions.map((region) => region.name));
  const releases = await readReleases(reading, releaseEntries, files.releases, files.parsedReleases);
  files.releases = releases;
  for (const path of [...releases.problems.keys()].sort())
    problems.push(...(releases.problems.get(path) ?? []));
  const holds = await readFiles(reading, inFolder("holds"), parseHold, files.holds);
  const freezes = await readFiles(reading, inFolder("freezes"), parseFreeze, files.freezes);
  const kills = await readFiles(reading, inFolder("kills"), parseKill, files.kills);
  const canaries = await readFiles(reading, inFolder("canaries"), parseCanaryRun, files.canaries);
  const groups = await readFiles(reading, inFolder("groups"), parseGroup, files.groups);
  await readFiles(reading, inFolder("campaigns"), parseCampaign, files.campaigns);
  await readFiles(reading, inFolder("experiments"), parseExperiment, files.experiments);
  const [generation, committedAtMs] = await facts;
  return {
    commit,
    generation,
    committedAtMs,
    fleet: fleet.manifest,
    fleetText: fleet.text,
    releases: new Map([...releases.regions].filter(([region]) => regions.has(region))),
    holds: keyed(holds, (hold) => `${hold.script}@${hold.version}`),
    freezes: keyed(freezes, (freeze) => freeze.scope),
    kills: keyed(kills, (kill) => kill.scope),
    canaries: keyed(canaries, (run) => run.runId),
    groups: keyed(groups, (group) => group.name),
    campaigns: campaignsIn(files.campaigns),
    experiments: experimentsIn(files.experiments),
    problems,
  };
}

function campaignsIn(files: ReadonlyMap<string, ReadFile<Campaign>>): Map<string, CampaignFile> {
  const found = new Map<string, CampaignFile>();
  for (const [path, { manifest, text }] of files) {
    if (manifest !== null) found.set(manifest.name, { path, text, campaign: manifest });
  }
  return found;
}

function experimentsIn(files: ReadonlyMap<string, ReadFile<Experiment>>): Map<string, ExperimentFile> {
  const found = new Map<string, ExperimentFile>();
  for (const [path, { manifest, text }] of files) {
    if (manifest !== null) found.set(manifest.name, { path, text, experiment: manifest });
  }
  return found;
}

/** The manifests of files by path; those without any valid text are left out. */
async function readFiles<T>(
  reading: Reading & { readonly problems: Problem[] },
  entries: readonly Entry[],
  parse: Parse<T>,
  known: Map<string, ReadFile<T>>,
): Promise<Map<string, T>> {
  const { mirror, commit, problems } = reading;
  const changed = entries.filter(({ path, id }) => known.get(path)?.id !== id).map(({ path }) => path);
  const texts = await mirror.read(commit, changed, fileBytesMax);
  const found = new Map<string, T>();
  const present = new Set<string>();
  for (const { path, id } of entries) {
    present.add(path);
    const same = known.get(path);
    const file = same?.id === id ? same : await readFile(reading, { path, id }, texts.get(path), parse, same);
    known.set(path, file);
    problems.push(...file.problems);
    if (file.manifest !== null) found.set(path, file.manifest);
  }
  for (const path of known.keys()) if (!present.has(path)) known.delete(path);
  return found;
}

function keyed<T>(manifests: ReadonlyMap<string, T>, key: (manifest: T) => string): Map<string, T> {
  return new Map([...manifests.values()].map((manifest) => [key(manifest), manifest]));
}
