import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { RevisionSettings } from "#schemas/types.ts";
import type { BrokenScript, BuildProblem, FoundScript } from "./dev-script.ts";

const MANIFEST = "showrunner.yaml";
const MANIFEST_BYTES_MAX = 1024 * 1024;
const FOLDERS_MAX = 2000;
const DEPTH_MAX = 12;
const SCRIPTS_MAX = 1000;
const BARE_FILE = /^([^.].*)\.(js|ts)$/;
/** Files that tools read, and that are no handlers. */
const NO_SCRIPT = /\.d$|\.(?:test|spec|config|setup)$/;
const ROUTABLE = /^[A-Za-z0-9._~-]{1,199}$/;
const LIMITS = { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 };

export interface FoundScripts {
  readonly scripts: readonly FoundScript[];
  readonly broken: readonly BrokenScript[];
  /** Absolute paths of the folders in which something may come or go. */
  readonly folders: readonly string[];
}

/**
 * Every folder with a showrunner.yaml, however deep, and every bare NAME.js or NAME.ts of the folder itself. Folders of
 * packages and hidden ones are left out.
 */
export async function findScripts(root: string): Promise<FoundScripts> {
  const scripts: FoundScript[] = [];
  const broken: BrokenScript[] = [];
  const folders: string[] = [];
  const queue = [{ folder: root, depth: 0 }];
  for (let next = queue.shift(); next !== undefined && folders.length < FOLDERS_MAX; next = queue.shift()) {
    const { folder, depth } = next;
    // A folder that goes away while it is read has nothing in it.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    folders.push(folder);
    const inner = entries.filter((entry) => entry.isDirectory() && !isLeftOut(entry.name));
    if (depth < DEPTH_MAX) {
      queue.push(...inner.map(({ name }) => ({ folder: path.join(folder, name), depth: depth + 1 })));
    }
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    if (names.includes(MANIFEST)) add(await readManifestFolder(root, folder));
    else if (folder === root) for (const name of names.sort()) add(bareScript(root, name));
  }
  return { ...withoutDoubles(root, scripts, broken), folders };

  function add(found: FoundScript | BrokenScript | null): void {
    if (found === null || scripts.length + broken.length >= SCRIPTS_MAX) return;
    if ("problems" in found) broken.push(found);
    else scripts.push(found);
  }
}

function isLeftOut(name: string): boolean {
  return name === "node_modules" || name.startsWith(".");
}

async function readManifestFolder(root: string, folder: string): Promise<FoundScript | BrokenScript> {
  const source = path.join(folder, MANIFEST);
  const file = path.relative(root, source);
  const fail = (problems: readonly BuildProblem[]): BrokenScript => {
    const name = path.basename(folder);
    return { source, name, route: `/${name}`, problems };
  };
  try {
    const { size } = await stat(source);
    if (size > MANIFEST_BYTES_MAX) return fail([problemAt(file, "The manifest is too large.")]);
    const parsed = parseScript(await readFile(source, "utf8"), file);
    if (!parsed.ok) return fail(parsed.problems.filter(({ severity }) => severity === "error"));
    const { settings, entry } = parsed.manifest;
    return { source, entry: path.join(folder, entry), settings };
  } catch (error) {
    return fail([problemAt(file, error instanceof Error ? error.message : String(error))]);
  }
}

function bareScript(root: string, fileName: string): FoundScript | BrokenScript | null {
  const stem = BARE_FILE.exec(fileName)?.[1];
  if (stem === undefined || NO_SCRIPT.test(stem)) return null;
  const source = path.join(root, fileName);
  const name = labelOf(stem);
  if (!ROUTABLE.test(stem) || name === "") {
    const message = "A file name that is served may hold letters, digits and . _ ~ - only.";
    return {
      source,
      name: stem,
      route: `/${encodeURIComponent(stem)}`,
      problems: [problemAt(fileName, message)],
    };
  }
  const settings: RevisionSettings = {
    schema: 1,
    name,
    version: "1",
    route: `/${stem}`,
    warmup: [],
    limits: LIMITS,
    egress: [],
    secrets: [],
  };
  return { source, entry: source, settings };
}

/** The name of a script is a DNS label; that of a file may be anything. */
function labelOf(stem: string): string {
  return stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}

/** Two scripts cannot have one route, nor one name and version: the first keeps it, and the other is told so. */
function withoutDoubles(
  root: string,
  found: readonly FoundScript[],
  alreadyBroken: readonly BrokenScript[],
): { readonly scripts: FoundScript[]; readonly broken: BrokenScript[] } {
  const scripts: FoundScript[] = [];
  const broken = [...alreadyBroken];
  const sourceOfRoute = new Map<string, string>();
  const units = new Set<string>();
  for (const script of found) {
    const { settings, source } = script;
    const owner = sourceOfRoute.get(`${settings.route}@${settings.version}`);
    if (owner !== undefined) {
      const message = `The route ${settings.route} belongs to ${path.relative(root, owner)} already.`;
      const file = path.relative(root, source);
      broken.push({
        source,
        name: settings.name,
        route: `/${path.basename(file)}`,
        problems: [problemAt(file, message)],
      });
      continue;
    }
    sourceOfRoute.set(`${settings.route}@${settings.version}`, source);
    const name = freeName(units, settings.name, settings.version);
    units.add(`${name}@${settings.version}`);
    scripts.push(name === settings.name ? script : { ...script, settings: { ...settings, name } });
  }
  return { scripts, broken };
}

/** `a_b.js` and `a-b.js` have different routes, so they are told apart by a number in their names. */
function freeName(taken: ReadonlySet<string>, name: string, version: string): string {
  for (let number = 1; number <= SCRIPTS_MAX; number += 1) {
    const candidate = number === 1 ? name : `${name.slice(0, 58)}-${number}`;
    if (!taken.has(`${candidate}@${version}`)) return candidate;
  }
  return name;
}

function problemAt(file: string, message: string): BuildProblem {
  return { file, line: 1, column: 1, message };
}
