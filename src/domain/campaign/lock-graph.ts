import semver from "semver";
import { rangesOf, type PackageJson } from "./direct-uses.ts";

/** One entry of a lockfile. */
export interface LockedPackage {
  /** Where it is installed, such as "node_modules/a/node_modules/b"; "" and workspaces' folders are our own code. */
  readonly location: string;
  /** The package's real name; an alias is installed under another. */
  readonly name: string;
  /** null for links and for our own code without a version. */
  readonly version: string | null;
  readonly kind: "own" | "link" | "installed";
  /** The link's target, a location. */
  readonly target: string | null;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly optionalPeers: ReadonlySet<string>;
  /** Only of our own code: a package's development needs are not installed. */
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Comes inside another package's archive, or brings its own lockfile: not ours to change. */
  readonly isFixed: boolean;
}

/** What a lockfile of any version (1 to 3) says, by location. */
export interface LockGraph {
  readonly lockfileVersion: 1 | 2 | 3;
  readonly packages: ReadonlyMap<string, LockedPackage>;
}

/** Reads a lockfile's content; null when it is none that npm writes. */
export function readLockGraph(lock: PackageJson): LockGraph | null {
  const { lockfileVersion = 1, packages, dependencies } = lock;
  if (lockfileVersion !== 1 && lockfileVersion !== 2 && lockfileVersion !== 3) return null;
  const found = new Map<string, LockedPackage>();
  if (lockfileVersion === 1) {
    addOldEntries(found, "", dependencies);
    return { lockfileVersion, packages: found };
  }
  if (!isRecord(packages)) return null;
  for (const [location, entry] of Object.entries(packages)) {
    if (isRecord(entry)) found.set(location, lockedPackage(location, entry));
  }
  return { lockfileVersion, packages: found };
}

/** The package that `require(name)` finds in the package at a location: the nearest `node_modules` upwards. */
export function resolveFrom(graph: LockGraph, location: string, name: string): LockedPackage | null {
  for (let folder: string | null = location; folder !== null; folder = parentFolder(folder)) {
    const candidate: string = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const found = graph.packages.get(candidate);
    if (found !== undefined) return found;
  }
  return null;
}

/** Every installed copy of a library, by its real name. */
export function copiesOf(graph: LockGraph, library: string): LockedPackage[] {
  return [...graph.packages.values()].filter(
    (entry) => entry.kind === "installed" && entry.name === library && entry.version !== null,
  );
}

/** The ranges that one package asks of another, of every kind that npm holds it to. */
export function rangesAsked(entry: LockedPackage, name: string): string[] {
  const sections = [
    entry.dependencies,
    entry.optionalDependencies,
    entry.peerDependencies,
    entry.devDependencies,
  ];
  return sections.flatMap((section) => section[name] ?? []);
}

/** Whether a version fits a range; null when the range is none, such as a tag or an address. */
export function fits(version: string, range: string): boolean | null {
  if (semver.validRange(range, { loose: true }) === null) return null;
  return semver.satisfies(version, range, { loose: true });
}

function lockedPackage(location: string, entry: Readonly<Record<string, unknown>>): LockedPackage {
  const isLink = entry["link"] === true;
  const inModules = location.lastIndexOf("node_modules/");
  const folderName = inModules === -1 ? "" : location.slice(inModules + "node_modules/".length);
  const { name, version, resolved } = entry;
  return {
    location,
    name: typeof name === "string" ? name : folderName,
    version: typeof version === "string" ? version : null,
    kind: isLink ? "link" : inModules === -1 ? "own" : "installed",
    target: isLink && typeof resolved === "string" ? resolved : null,
    dependencies: rangesOf(entry, "dependencies"),
    optionalDependencies: rangesOf(entry, "optionalDependencies"),
    peerDependencies: rangesOf(entry, "peerDependencies"),
    optionalPeers: optionalPeers(entry),
    devDependencies: inModules === -1 ? rangesOf(entry, "devDependencies") : {},
    isFixed: entry["inBundle"] === true || entry["hasShrinkwrap"] === true || "bundleDependencies" in entry,
  };
}

export function optionalPeers(entry: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const meta = entry["peerDependenciesMeta"];
  if (!isRecord(meta)) return new Set();
  return new Set(Object.keys(meta).filter((name) => isRecord(meta[name]) && meta[name]["optional"] === true));
}

/** Version 1 nests what is nested on disk, and says of each package only what it `requires`. */
function addOldEntries(found: Map<string, LockedPackage>, folder: string, dependencies: unknown): void {
  if (!isRecord(dependencies)) return;
  for (const [name, entry] of Object.entries(dependencies)) {
    if (!isRecord(entry)) continue;
    const location = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const version = typeof entry["version"] === "string" ? entry["version"] : null;
    // "npm:real@1.2.3" is an alias, "file:…" and "git+…" are versions of no registry.
    const alias = version === null ? null : /^npm:(.+)@([^@]+)$/.exec(version);
    const isLink = version !== null && version.startsWith("file:");
    found.set(location, {
      location,
      name: alias?.[1] ?? name,
      version: isLink ? null : (alias?.[2] ?? version),
      kind: isLink ? "link" : "installed",
      target: isLink ? version.slice("file:".length) : null,
      dependencies: rangesOf(entry, "requires"),
      optionalDependencies: {},
      peerDependencies: {},
      optionalPeers: new Set(),
      devDependencies: {},
      isFixed: entry["bundled"] === true,
    });
    addOldEntries(found, location, entry["dependencies"]);
  }
}

/** The next folder in which node looks: above packages/a it is packages, then the root. */
function parentFolder(location: string): string | null {
  if (location === "") return null;
  const cut = location.lastIndexOf("/");
  const parent = cut === -1 ? "" : location.slice(0, cut);
  // "node_modules" and "node_modules/@scope" hold packages and are none.
  if (/(?:^|\/)node_modules(?:\/@[^/]+)?$/.test(parent)) {
    return parent.slice(0, parent.lastIndexOf("node_modules")).replace(/\/$/, "");
  }
  return parent;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
