import type { Dirent } from "node:fs";
import { lstat, opendir, realpath } from "node:fs/promises";
import path from "node:path";
import type { ProblemCode } from "#domain/manifest/problem-codes.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import { readTextFile } from "./read-text-file.ts";

const FILES_MAX = 10_000;
const ENTRIES_MAX = 200_000;
const DEPTH_MAX = 40;
const BYTES_MAX = 32 * 1024 * 1024;
const SCRIPT_OR_FLEET = /^(showrunner|fleet)\.ya?ml$/;
const FLEET = /^fleet\.ya?ml$/;
const YAML = /\.ya?ml$/;
/** Folders of a fleet repository whose files have a schema. */
const FLEET_FOLDERS: ReadonlySet<string> = new Set([
  "groups",
  "experiments",
  "campaigns",
  "releases",
  "holds",
  "freezes",
  "kills",
  "canaries",
]);

export interface ManifestFiles {
  /** Text of each file by its name, relative to the working folder where it lies in it; in order. */
  readonly files: ReadonlyMap<string, string>;
  /** What was refused: too large, binary, a device, a link out of the tree, too many. */
  readonly problems: readonly Problem[];
}

export type ReadManifestFiles =
  | ({ readonly ok: true } & ManifestFiles)
  /** A path that was named does not exist or cannot be opened. */
  | { readonly ok: false; readonly missing: string };

/**
 * Reads the manifests that `paths` name: files as they are, folders with every showrunner.yaml and fleet.yaml below
 * them and what belongs to a fleet.yaml (groups/, releases/, holds/ and the like). Folders named node_modules and
 * those that begin with a dot are left out. Never reads outside of a named folder, a device or more than the limits.
 */
export async function readManifestFiles(paths: readonly string[], cwd: string): Promise<ReadManifestFiles> {
  const walk: Walk = { cwd, files: new Map(), problems: [], entries: 0, bytes: 0, full: false };
  for (const named of paths) {
    const absolute = path.resolve(cwd, named);
    const real = await realpath(absolute).catch(() => null);
    if (real === null) return { ok: false, missing: named };
    const stats = await lstat(real).catch(() => null);
    if (stats === null) return { ok: false, missing: named };
    if (stats.isDirectory())
      await walkFolder({ shown: absolute, real, root: real, depth: 0, inFleet: false }, walk);
    else await readInto(absolute, real, walk);
  }
  return { ok: true, files: walk.files, problems: walk.problems };
}

interface Walk {
  readonly cwd: string;
  readonly files: Map<string, string>;
  readonly problems: Problem[];
  entries: number;
  bytes: number;
  full: boolean;
}

interface Folder {
  /** As people reach it. */
  readonly shown: string;
  /** Without links. */
  readonly real: string;
  readonly root: string;
  readonly depth: number;
  /** Whether it is one of the folders that belong to a fleet.yaml. */
  readonly inFleet: boolean;
}

async function walkFolder(folder: Folder, walk: Walk): Promise<void> {
  const entries = await entriesOf(folder, walk);
  const hasFleet = entries.some((entry) => FLEET.test(entry.name));
  for (const entry of entries) {
    if (walk.full) return;
    const shown = path.join(folder.shown, entry.name);
    const real = path.join(folder.real, entry.name);
    const isManifest = SCRIPT_OR_FLEET.test(entry.name) || (folder.inFleet && YAML.test(entry.name));
    if (entry.isSymbolicLink()) {
      await followLink({ ...folder, shown, real }, isManifest, walk);
    } else if (entry.isDirectory()) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (folder.depth >= DEPTH_MAX) {
        refuse(shown, "too-many-files", `Folders are nested more than ${DEPTH_MAX} levels deep.`, walk);
        continue;
      }
      const inFleet = folder.inFleet || (hasFleet && FLEET_FOLDERS.has(entry.name));
      await walkFolder({ shown, real, root: folder.root, depth: folder.depth + 1, inFleet }, walk);
    } else if (isManifest) {
      await readInto(shown, real, walk);
    }
  }
}

async function entriesOf(folder: Folder, walk: Walk): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder.real)) {
      walk.entries += 1;
      if (walk.entries > ENTRIES_MAX) {
        stop(folder.shown, `The folder holds more than ${ENTRIES_MAX} entries.`, walk);
        break;
      }
      entries.push(entry);
    }
  } catch {
    refuse(folder.shown, "file-unreadable", "The folder could not be read.", walk);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A link to a file inside of the tree is read. One to a folder inside is not: its files are found where they are. */
async function followLink(link: Folder, isManifest: boolean, walk: Walk): Promise<void> {
  const target = await realpath(link.real).catch(() => null);
  if (target === null) {
    if (isManifest)
      refuse(link.shown, "file-unreadable", "The symbolic link leads nowhere, or in circles.", walk);
    return;
  }
  const isInside = target === link.root || target.startsWith(link.root + path.sep);
  const isFolder = (await lstat(target).catch(() => null))?.isDirectory() ?? false;
  if (!isInside && (isManifest || isFolder)) {
    const message = "The symbolic link leads out of the folder that is checked, so it was not followed.";
    refuse(link.shown, "symlink-outside", message, walk);
  } else if (isInside && isManifest && !isFolder) {
    await readInto(link.shown, target, walk);
  }
}

async function readInto(shown: string, real: string, walk: Walk): Promise<void> {
  if (walk.files.size >= FILES_MAX) return stop(shown, `There are more than ${FILES_MAX} manifests.`, walk);
  const read = await readTextFile(real);
  if (!read.ok) return refuse(shown, read.code, read.message, walk, read.at);
  walk.bytes += read.text.length;
  if (walk.bytes > BYTES_MAX) {
    return stop(shown, `The manifests are larger than ${BYTES_MAX / 1024 / 1024} MiB together.`, walk);
  }
  walk.files.set(nameOf(shown, walk.cwd), read.text);
}

function stop(shown: string, message: string, walk: Walk): void {
  walk.full = true;
  refuse(shown, "too-many-files", `${message} The rest was not read.`, walk);
}

function refuse(
  shown: string,
  code: ProblemCode,
  message: string,
  walk: Walk,
  at: { readonly line: number; readonly column: number } = { line: 1, column: 1 },
): void {
  const { line, column } = at;
  walk.problems.push({ file: nameOf(shown, walk.cwd), line, column, severity: "error", code, message });
}

function nameOf(shown: string, cwd: string): string {
  const relative = path.relative(cwd, shown);
  const name = relative === "" ? "." : relative.startsWith("..") ? shown : relative;
  return name.split(path.sep).join("/");
}
