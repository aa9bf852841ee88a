import { type Parsed, parseFleet, parseRelease } from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Release } from "#schemas/types.ts";

const fileBytesMax = 256 * 1024;
/** How many earlier commits of a broken file are tried for its last good text. */
const historyMax = 20;
const releaseName = /^releases\/([^/]+)\/([^/]+@[^/]+)\.yaml$/;

/**
 * Reads one commit of the fleet repository. A file that is not valid is refused and named in `problems`, and the last
 * valid text of the same file is used instead. Null when no valid fleet.yaml can be found.
 */
export async function readFleetSnapshot(mirror: GitMirror, commit: string): Promise<FleetSnapshot | null> {
  const problems: Problem[] = [];
  const fleet = await lastGood(
    mirror,
    commit,
    "fleet.yaml",
    (text) => parseFleet(text, "fleet.yaml"),
    problems,
  );
  if (!fleet) return null;
  const regions = new Set(fleet.parsed.manifest.regions.map((region) => region.name));
  const entries = await mirror.list(commit, "releases");
  const texts = await mirror.read(
    commit,
    entries.map((entry) => entry.path),
    fileBytesMax,
  );
  const releases = new Map<string, Map<string, Release>>();
  for (const { path } of entries) {
    const [, region, key] = releaseName.exec(path) ?? [];
    if (region === undefined || key === undefined || !regions.has(region)) continue;
    const release = await readRelease(mirror, commit, path, texts.get(path), problems);
    if (!release) continue;
    const ofRegion = releases.get(region) ?? new Map<string, Release>();
    releases.set(region, ofRegion.set(key, release));
  }
  return {
    commit,
    generation: await mirror.firstParentCount(commit),
    committedAtMs: await mirror.committedAtMs(commit),
    fleet: fleet.parsed.manifest,
    fleetText: fleet.text,
    releases,
    problems,
  };
}

async function readRelease(
  mirror: GitMirror,
  commit: string,
  path: string,
  text: string | undefined,
  problems: Problem[],
): Promise<Release | null> {
  const parse = (candidate: string) => parseRelease(candidate, path);
  const parsed = text === undefined ? null : parse(text);
  if (parsed?.ok) return parsed.manifest;
  const good = await lastGood(mirror, commit, path, parse, problems);
  return good?.parsed.manifest ?? null;
}

async function lastGood<T>(
  mirror: GitMirror,
  commit: string,
  path: string,
  parse: (text: string) => Parsed<T>,
  problems: Problem[],
): Promise<{ text: string; parsed: { manifest: T } } | null> {
  const commits = [commit, ...(await mirror.history(commit, path, historyMax))];
  for (const [index, candidate] of commits.entries()) {
    const text = (await mirror.read(candidate, [path], fileBytesMax)).get(path);
    if (text === undefined) continue;
    const parsed = parse(text);
    if (parsed.ok) return { text, parsed };
    if (index === 0) problems.push(...parsed.problems);
  }
  return null;
}
