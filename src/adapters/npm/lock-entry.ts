import stringify from "json-stringify-nice";
import type { PublishedVersion } from "./published-version.ts";

/** How npm orders the keys of a lockfile before all others. */
const FIRST_KEYS = [
  "name",
  "version",
  "lockfileVersion",
  "resolved",
  "integrity",
  "requires",
  "packages",
  "dependencies",
];
/** What npm copies from a package's manifest into its entry. Source: @npmcli/arborist, lib/shrinkwrap.js. */
const COPIED = [
  "version",
  "dependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "optionalDependencies",
  "acceptDependencies",
  "funding",
  "engines",
  "os",
  "cpu",
  "libc",
  "license",
  "hasInstallScript",
  "bin",
  "deprecated",
];
/** Why a package is in the tree; the same as before as long as the same packages ask for it. */
const FLAGS = ["peer", "dev", "optional", "devOptional"];

type Entry = Readonly<Record<string, unknown>>;

/** A version's entry under `packages`, with the place in the tree of the entry it replaces. */
export function packagesEntry(published: PublishedVersion, before: Entry): Entry {
  const entry: Record<string, unknown> = {};
  for (const key of COPIED) {
    const value = copied(published.manifest[key], key);
    if (value !== null) entry[key] = value;
  }
  entry["resolved"] = published.resolved;
  entry["integrity"] = published.integrity;
  for (const flag of FLAGS) if (before[flag] === true) entry[flag] = true;
  return entry;
}

/** A version's entry under `dependencies`, as versions 1 and 2 of the lockfile have it. */
export function dependenciesEntry(published: PublishedVersion, before: Entry): Entry {
  const { dependencies, optionalDependencies } = published.manifest;
  const requires = { ...asObject(dependencies), ...asObject(optionalDependencies) };
  const entry: Record<string, unknown> = {
    version: published.version,
    resolved: published.resolved,
    integrity: published.integrity,
  };
  for (const flag of FLAGS) if (before[flag] === true) entry[flag] = true;
  if (Object.keys(requires).length > 0) entry["requires"] = requires;
  return entry;
}

/** JSON as npm would write it at `depth` levels inside a lockfile that is indented by `indent`. */
export function lockText(value: Entry, indent: string, depth: number): string {
  return stringify(value, FIRST_KEYS, indent)
    .trimEnd()
    .replaceAll("\n", `\n${indent.repeat(depth)}`);
}

function copied(value: unknown, key: string): unknown {
  if (value === undefined || value === null || value === false || value === "" || value === 0) return null;
  if (typeof value !== "object") return value;
  if (key === "license" && "type" in value && value.type) return value.type;
  return Object.keys(value).length > 0 ? value : null;
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
