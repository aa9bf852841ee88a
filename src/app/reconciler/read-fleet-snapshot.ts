import {
  type Parsed,
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
import type { GitMirror, TreeEntry } from "#domain/ports.ts";
import type { CampaignFile, ExperimentFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Campaign, CanaryRun, Experiment, Freeze, Group, Hold, Kill, Release } from "#schemas/types.ts";
import type { ParsedReleases } from "./parsed-releases.ts";

const fileBytesMax = 256 * 1024;
/** How many earlier commits of a broken file are tried for its last good text. */
const historyMax = 20;
const releaseName = /^releases\/([^/]+)\/([^/]+@[^/]+)\.yaml$/;

/** What one text of a file came to: its manifest, or its last valid one's; null where there is none. */
interface ReadFile<T> {
  /** Of the text's blob. */
  readonly id: string;
  readonly manifest: T | null;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** A release with the region and the script's version that its file's path names; null for a path that names none. */
interface PlacedRelease {
  readonly release: Release;
  readonly place: { readonly region: string; readonly key: string } | null;
}

/** What the files of the last commit that was read came to, by path: the next commit changes few of them. */
export class FleetFiles {
  readonly fleet = new Map<string, ReadFile<FleetManifest>>();
  readonly releases = new Map<string, ReadFile<PlacedRelease>>();
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

/** One commit of the fleet repository while it is read. */
interface Reading {
  readonly mirror: GitMirror;
  readonly commit: string;
  readonly problems: Problem[];
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
  const reading: Reading = { mirror, commit, problems: [] };
  const folders = Map.groupBy(
    entries.filter(({ path }) => path.endsWith(".yaml") || path.endsWith(".yml")),
    ({ path }) => path.slice(0, Math.max(0, path.indexOf("/"))),
  );
  const inFolder = (folder: string) => folders.get(folder) ?? [];
  // One that was deleted is looked for in the history as a broken one is.
  const fleetEntry = entries.find(({ path }) => path === "fleet.yaml") ?? { path: "fleet.yaml", id: "" };
  await readFiles(reading, [fleetEntry], parseFleet, files.fleet);
  const fleet = files.fleet.get("fleet.yaml");
  if (!fleet?.manifest) return null;
  const regions = new Set(fleet.manifest.regions.map((region) => region.name));
  const releases = new Map<string, Map<string, Release>>();
  for (const { release, place } of await readFiles(
    reading,
    inFolder("releases"),
    (text, file, blob) => placed(files.parsedReleases.parse(text, file, blob), file),
    files.releases,
  )) {
    if (place === null || !regions.has(place.region)) continue;
    let ofRegion = releases.get(place.region);
    if (!ofRegion) releases.set(place.region, (ofRegion = new Map()));
    ofRegion.set(place.key, release);
  }
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
    releases,
    holds: keyed(holds, (hold) => `${hold.script}@${hold.version}`),
    freezes: keyed(freezes, (freeze) => freeze.scope),
    kills: keyed(kills, (kill) => kill.scope),
    canaries: keyed(canaries, (run) => run.runId),
    groups: keyed(groups, (group) => group.name),
    campaigns: campaignsIn(files.campaigns),
    experiments: experimentsIn(files.experiments),
    problems: reading.problems,
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

type Entry = Pick<TreeEntry, "path" | "id">;

/** `blob` is the text's, where it is known. */
type Parse<T> = (text: string, path: string, blob: string | null) => Parsed<T>;

/** The manifests of files in their order; those without any valid text are left out. */
async function readFiles<T>(
  reading: Reading,
  entries: readonly Entry[],
  parse: Parse<T>,
  known: Map<string, ReadFile<T>>,
): Promise<T[]> {
  const { mirror, commit, problems } = reading;
  // Tens of thousands are looked up once each, and only what differs is written.
  const before = entries.map(({ path }) => known.get(path));
  const changed = entries.filter(({ id }, index) => before[index]?.id !== id).map(({ path }) => path);
  const texts = await mirror.read(commit, changed, fileBytesMax);
  const found: T[] = [];
  for (const [index, entry] of entries.entries()) {
    let file = before[index];
    if (file?.id !== entry.id) {
      file = await readFile(reading, entry, texts.get(entry.path), parse, file);
      known.set(entry.path, file);
    }
    if (file.problems.length > 0) problems.push(...file.problems);
    if (file.manifest !== null) found.push(file.manifest);
  }
  if (known.size > entries.length) {
    const present = new Set(entries.map(({ path }) => path));
    for (const path of known.keys()) if (!present.has(path)) known.delete(path);
  }
  return found;
}

async function readFile<T>(
  { mirror, commit }: Reading,
  { path, id }: Entry,
  text: string | undefined,
  parse: Parse<T>,
  before: ReadFile<T> | undefined,
): Promise<ReadFile<T>> {
  const parsed = text === undefined ? null : parse(text, path, id);
  if (text !== undefined && parsed?.ok) return { id, manifest: parsed.manifest, text, problems: [] };
  const problems = parsed && !parsed.ok ? parsed.problems : [];
  for (const candidate of await mirror.history(commit, path, historyMax)) {
    const earlier = (await mirror.read(candidate, [path], fileBytesMax)).get(path);
    if (earlier === undefined) continue;
    const good = parse(earlier, path, null);
    if (good.ok) return { id, manifest: good.manifest, text: earlier, problems };
  }
  // Broken many times in a row; a restart would lose it, a look at a longer history would cost every reader.
  if (before?.manifest) return { ...before, id, problems };
  return { id, manifest: null, text: "", problems };
}

function placed(parsed: Parsed<Release>, path: string): Parsed<PlacedRelease> {
  if (!parsed.ok) return parsed;
  const [, region, key] = releaseName.exec(path) ?? [];
  const place = region === undefined || key === undefined ? null : { region, key };
  return { ...parsed, manifest: { release: parsed.manifest, place } };
}

function keyed<T>(manifests: readonly T[], key: (manifest: T) => string): Map<string, T> {
  return new Map(manifests.map((manifest) => [key(manifest), manifest]));
}
