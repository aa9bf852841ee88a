import {
  fits,
  optionalPeers,
  rangesAsked,
  readLockGraph,
  resolveFrom,
  type LockGraph,
  type LockedPackage,
} from "#domain/campaign/lock-graph.ts";
import { directUses, parseJsonObject, rangesOf, type PackageJson } from "#domain/campaign/direct-uses.ts";
import type { DirectMove } from "#domain/campaign/assess-repository.ts";
import { editJson, indentOf, type JsonEdit } from "./json-edit.ts";
import { dependenciesEntry, lockText, packagesEntry } from "./lock-entry.ts";
import type { PublishedVersion } from "./published-version.ts";

/** What a quick edit needs to know of a project. */
export interface QuickLockInput {
  readonly lockText: string;
  /** Contents of the package.json files that the lockfile serves as they were, by location. */
  readonly manifests: ReadonlyMap<string, PackageJson>;
  readonly uses: readonly DirectMove[];
  readonly published: PublishedVersion;
}

const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;

/**
 * The lockfile with one library moved to another version, where that is all that npm would change: there is one copy of it,
 * everyone who asks for it takes the new version, and the new version asks for the same packages, which are there. null where
 * that is not certain; then npm's own resolver has to look.
 */
export function quickLock(input: QuickLockInput): string | null {
  const lock = parseJsonObject(input.lockText);
  const graph = lock === null ? null : readLockGraph(lock);
  if (lock === null || graph === null || input.published.isFixed) return null;
  const copy = onlyCopy(graph, input.published.name);
  if (copy === null || !isPlain(lock, copy)) return null;
  if ([...input.manifests.values()].some((manifest) => "overrides" in manifest)) return null;
  if (!isInStep(lock, graph, input.manifests)) return null;
  if (!allAccept(graph, copy, input)) return null;
  if (!asksForTheSame(graph, copy, input.published)) return null;
  return editJson(input.lockText, lockEdits(lock, graph, copy, input));
}

/** The one copy of a library that is installed under its own name; null when there are more, or none. */
function onlyCopy(graph: LockGraph, library: string): LockedPackage | null {
  const [copy, ...others] = [...graph.packages.values()].filter(
    ({ location, name }) => name === library || location.endsWith(`node_modules/${library}`),
  );
  const isOwn = copy?.kind === "installed" && copy.name === library && copy.version !== null;
  return isOwn && others.length === 0 ? copy : null;
}

/** At the top of the tree, from a registry, and with nothing installed inside it. */
function isPlain(lock: PackageJson, copy: LockedPackage): boolean {
  if (copy.isFixed || copy.location !== `node_modules/${copy.name}`) return false;
  const packages = entriesOf(lock["packages"]);
  const old = entriesOf(lock["dependencies"])[copy.name];
  if (old?.["dependencies"] !== undefined) return false;
  if (Object.keys(packages).some((location) => location.startsWith(`${copy.location}/`))) return false;
  return [packages[copy.location], old].every(
    (entry) =>
      entry === undefined ||
      (typeof entry["resolved"] === "string" &&
        /^https?:/.test(entry["resolved"]) &&
        typeof entry["integrity"] === "string" &&
        entry["extraneous"] !== true),
  );
}

/** Whether the lockfile says of our own folders what their package.json files say; else npm would change more. */
function isInStep(lock: PackageJson, graph: LockGraph, manifests: ReadonlyMap<string, PackageJson>): boolean {
  if (graph.lockfileVersion === 1) {
    // Version 1 does not repeat the ranges, so each is held against what is locked.
    return [...manifests].every(([location, manifest]) => location === "" && satisfied(graph, manifest));
  }
  const own = [...graph.packages.values()].filter(({ kind }) => kind === "own");
  return own.every(({ location }) => {
    const manifest = manifests.get(location);
    const entry = entriesOf(lock["packages"])[location];
    if (manifest === undefined || entry === undefined) return false;
    return SECTIONS.every((section) => sameRanges(rangesOf(manifest, section), rangesOf(entry, section)));
  });
}

function satisfied(graph: LockGraph, manifest: PackageJson): boolean {
  return SECTIONS.every((section) =>
    Object.entries(rangesOf(manifest, section)).every(([name, range]) => {
      if (section === "peerDependencies") return true;
      const version = resolveFrom(graph, "", name)?.version;
      return typeof version === "string" && fits(version, range) === true;
    }),
  );
}

/** Everyone who finds this copy must take the new version, with the ranges as they will be. */
function allAccept(graph: LockGraph, copy: LockedPackage, input: QuickLockInput): boolean {
  const { name, version } = input.published;
  for (const entry of graph.packages.values()) {
    if (entry.kind === "own") continue;
    const asked = rangesAsked(entry, name);
    if (asked.length === 0 || resolveFrom(graph, entry.location, name) !== copy) continue;
    if (!asked.every((range) => fits(version, range) === true)) return false;
  }
  for (const [location, manifest] of input.manifests) {
    const moved = input.uses.filter((use) => use.manifest.location === location);
    const after = directUses(manifest, name).map(
      ({ section, declared }) => moved.find((use) => use.section === section)?.range ?? declared,
    );
    const peer = rangesOf(manifest, "peerDependencies")[name];
    const ranges = peer === undefined ? after : [...after, peer];
    if (ranges.length > 0 && resolveFrom(graph, location, name) !== copy) return false;
    if (!ranges.every((range) => fits(version, range) === true)) return false;
  }
  return true;
}

/** The new version names the same packages as the old one, in the same ways, and finds all of them good enough. */
function asksForTheSame(graph: LockGraph, copy: LockedPackage, published: PublishedVersion): boolean {
  const optional = rangesOf(published.manifest, "optionalDependencies");
  const asked = {
    dependencies: rangesOf(published.manifest, "dependencies"),
    optionalDependencies: optional,
    peerDependencies: rangesOf(published.manifest, "peerDependencies"),
  };
  // Version 1 keeps both kinds in one list and leaves peers out.
  const isOld = graph.lockfileVersion === 1;
  const pairs = isOld
    ? [[{ ...asked.dependencies, ...optional }, copy.dependencies] as const]
    : ([
        [asked.dependencies, copy.dependencies],
        [optional, copy.optionalDependencies],
        [asked.peerDependencies, copy.peerDependencies],
      ] as const);
  const mayLack = optionalPeers(published.manifest);
  return pairs.every(([now, before]) => {
    if (!sameNames(now, before)) return false;
    return Object.entries(now).every(([name, range]) => {
      const found = resolveFrom(graph, copy.location, name);
      if (found === null) return mayLack.has(name);
      return found.kind === "installed" && found.version !== null && fits(found.version, range) === true;
    });
  });
}

function lockEdits(
  lock: PackageJson,
  graph: LockGraph,
  copy: LockedPackage,
  input: QuickLockInput,
): JsonEdit[] {
  const indent = indentOf(input.lockText);
  const newline = input.lockText.includes("\r\n") ? "\r\n" : "\n";
  const edits: JsonEdit[] = [];
  const put = (path: readonly string[], entry: Entry): void => {
    edits.push({ path, value: lockText(entry, indent, path.length).replaceAll("\n", newline) });
  };
  const entry = entriesOf(lock["packages"])[copy.location];
  if (graph.lockfileVersion !== 1 && entry !== undefined) {
    put(["packages", copy.location], packagesEntry(input.published, entry));
    for (const { manifest, section, declared, range } of input.uses) {
      if (range === declared) continue;
      edits.push({ path: ["packages", manifest.location, section, copy.name], value: JSON.stringify(range) });
    }
  }
  const old = entriesOf(lock["dependencies"])[copy.name];
  if (graph.lockfileVersion !== 3 && old !== undefined) {
    put(["dependencies", copy.name], dependenciesEntry(input.published, old));
  }
  return edits;
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(value: unknown): Readonly<Record<string, Entry>> {
  const entries: Record<string, Entry> = Object.create(null);
  if (!isRecord(value)) return entries;
  for (const [name, entry] of Object.entries(value)) if (isRecord(entry)) entries[name] = entry;
  return entries;
}

function sameRanges(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return sameNames(a, b) && Object.entries(a).every(([name, range]) => b[name] === range);
}

function sameNames(a: object, b: object): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name));
}

function isRecord(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
