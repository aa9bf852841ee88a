import type { Problem } from "#domain/manifest/problem.ts";
import type { Release } from "#schemas/types.ts";
import type { ParsedReleases } from "./parsed-releases.ts";
import { type Entry, type ReadFile, type Reading, fileBytesMax, readFile } from "./read-file.ts";

const releaseName = /^releases\/([^/]+)\/([^/]+@[^/]+)\.yaml$/;

/** What the release files of one commit came to. */
export interface KnownReleases {
  readonly entries: readonly Entry[];
  /** By region and `<script>@<version>`. */
  readonly regions: ReadonlyMap<string, ReadonlyMap<string, Release>>;
  /** Of files that are not valid, by path. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

export const noReleases: KnownReleases = { entries: [], regions: new Map(), problems: new Map() };

/**
 * The releases of a commit, from those of another one: they are tens of thousands, of which a commit changes a few, and
 * only these cost anything. A region in which nothing changed keeps its map.
 */
export async function readReleases(
  reading: Reading,
  entries: readonly Entry[],
  before: KnownReleases,
  parsed: ParsedReleases,
): Promise<KnownReleases> {
  const { written, gone } = differences(before.entries, entries);
  const texts = await reading.mirror.read(
    reading.commit,
    written.map(({ path }) => path),
    fileBytesMax,
  );
  const changed = new ChangedReleases(before);
  for (const path of gone) changed.put(path, null);
  for (const entry of written) {
    const { path } = entry;
    const parse = parsed.parse.bind(parsed);
    changed.put(path, await readFile(reading, entry, texts.get(path), parse, changed.fileOf(path)));
  }
  return { entries, regions: changed.regionsWithReleases(), problems: changed.problems };
}

/** Releases on their way from one commit to another: maps are copied when the first thing in them changes. */
class ChangedReleases {
  readonly problems: Map<string, readonly Problem[]>;
  readonly #regions: Map<string, ReadonlyMap<string, Release>>;
  readonly #own = new Map<string, Map<string, Release>>();

  constructor({ regions, problems }: KnownReleases) {
    this.#regions = new Map(regions);
    this.problems = new Map(problems);
  }

  /** In the order of their names, whenever each came. */
  regionsWithReleases(): KnownReleases["regions"] {
    const filled = [...this.#regions].filter(([, releases]) => releases.size > 0);
    return new Map(filled.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  fileOf(path: string): Pick<ReadFile<Release>, "manifest" | "text"> | undefined {
    const { region = "", key = "" } = placeOf(path) ?? {};
    const manifest = this.#regions.get(region)?.get(key);
    return manifest && { manifest, text: "" };
  }

  put(path: string, file: ReadFile<Release> | null): void {
    if (file && file.problems.length > 0) this.problems.set(path, file.problems);
    else this.problems.delete(path);
    const place = placeOf(path);
    if (place === null) return;
    const ofRegion = this.#ofRegion(place.region);
    if (file?.manifest) ofRegion.set(place.key, file.manifest);
    else ofRegion.delete(place.key);
  }

  #ofRegion(region: string): Map<string, Release> {
    const own = this.#own.get(region) ?? new Map(this.#regions.get(region));
    this.#own.set(region, own);
    this.#regions.set(region, own);
    return own;
  }
}

/** What a release file's path names; null where it names nothing. */
function placeOf(path: string): { readonly region: string; readonly key: string } | null {
  const [, region, key] = releaseName.exec(path) ?? [];
  return region === undefined || key === undefined ? null : { region, key };
}

/**
 * In what two listings differ, walked side by side by path: files that are new or other, and paths that are gone. A
 * file that comes in another order than before is taken for a new one, which costs its reading and nothing else.
 */
function differences(
  before: readonly Entry[],
  after: readonly Entry[],
): { readonly written: readonly Entry[]; readonly gone: readonly string[] } {
  const written: Entry[] = [];
  const left: string[] = [];
  let at = 0;
  for (const entry of after) {
    let old = before[at];
    for (; old !== undefined && old.path < entry.path; old = before[at]) {
      left.push(old.path);
      at += 1;
    }
    if (old?.path === entry.path) at += 1;
    if (old?.path !== entry.path || old.id !== entry.id) written.push(entry);
  }
  left.push(...before.slice(at).map(({ path }) => path));
  const present = new Set(left.length === 0 ? [] : written.map(({ path }) => path));
  return { written, gone: left.filter((path) => !present.has(path)) };
}
