import {
  type Parsed,
  parseCanaryRun,
  parseFleet,
  parseFreeze,
  parseGroup,
  parseHold,
  parseKill,
  parseRelease,
} from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Release } from "#schemas/types.ts";

const fileBytesMax = 256 * 1024;
/** How many earlier commits of a broken file are tried for its last good text. */
const historyMax = 20;
const releaseName = /^releases\/([^/]+)\/([^/]+@[^/]+)\.yaml$/;

/** One commit of the fleet repository while it is read. */
interface Reading {
  readonly mirror: GitMirror;
  readonly commit: string;
  readonly problems: Problem[];
}

/**
 * Reads one commit of the fleet repository. A file that is not valid is refused and named in `problems`, and the last
 * valid text of the same file is used instead. Null when no valid fleet.yaml can be found.
 */
export async function readFleetSnapshot(mirror: GitMirror, commit: string): Promise<FleetSnapshot | null> {
  const reading: Reading = { mirror, commit, problems: [] };
  const fleet = await lastGood(reading, "fleet.yaml", parseFleet);
  if (!fleet) return null;
  const regions = new Set(fleet.manifest.regions.map((region) => region.name));
  const releases = new Map<string, Map<string, Release>>();
  for (const [path, release] of await readFolder(reading, "releases", parseRelease)) {
    const [, region, key] = releaseName.exec(path) ?? [];
    if (region === undefined || key === undefined || !regions.has(region)) continue;
    const ofRegion = releases.get(region) ?? new Map<string, Release>();
    releases.set(region, ofRegion.set(key, release));
  }
  const holds = await readFolder(reading, "holds", parseHold);
  const freezes = await readFolder(reading, "freezes", parseFreeze);
  const kills = await readFolder(reading, "kills", parseKill);
  const canaries = await readFolder(reading, "canaries", parseCanaryRun);
  const groups = await readFolder(reading, "groups", parseGroup);
  return {
    commit,
    generation: await mirror.firstParentCount(commit),
    committedAtMs: await mirror.committedAtMs(commit),
    fleet: fleet.manifest,
    fleetText: fleet.text,
    releases,
    holds: keyed(holds, (hold) => `${hold.script}@${hold.version}`),
    freezes: keyed(freezes, (freeze) => freeze.scope),
    kills: keyed(kills, (kill) => kill.scope),
    canaries: keyed(canaries, (run) => run.runId),
    groups: keyed(groups, (group) => group.name),
    problems: reading.problems,
  };
}

/** The manifests of a folder by path; those without any valid text are left out. */
async function readFolder<T>(
  reading: Reading,
  folder: string,
  parse: (text: string, path: string) => Parsed<T>,
): Promise<Map<string, T>> {
  const { mirror, commit } = reading;
  const paths = (await mirror.list(commit, folder))
    .map((entry) => entry.path)
    .filter((path) => /\.ya?ml$/.test(path));
  const texts = await mirror.read(commit, paths, fileBytesMax);
  const found = new Map<string, T>();
  for (const path of paths) {
    const text = texts.get(path);
    const parsed = text === undefined ? null : parse(text, path);
    const manifest = parsed?.ok ? parsed.manifest : (await lastGood(reading, path, parse))?.manifest;
    if (manifest !== undefined) found.set(path, manifest);
  }
  return found;
}

async function lastGood<T>(
  { mirror, commit, problems }: Reading,
  path: string,
  parse: (text: string, path: string) => Parsed<T>,
): Promise<{ text: string; manifest: T } | null> {
  const commits = [commit, ...(await mirror.history(commit, path, historyMax))];
  for (const [index, candidate] of commits.entries()) {
    const text = (await mirror.read(candidate, [path], fileBytesMax)).get(path);
    if (text === undefined) continue;
    const parsed = parse(text, path);
    if (parsed.ok) return { text, manifest: parsed.manifest };
    if (index === 0) problems.push(...parsed.problems);
  }
  return null;
}

function keyed<T>(manifests: ReadonlyMap<string, T>, key: (manifest: T) => string): Map<string, T> {
  return new Map([...manifests.values()].map((manifest) => [key(manifest), manifest]));
}
