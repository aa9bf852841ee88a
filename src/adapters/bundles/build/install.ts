import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import type { Node } from "@npmcli/arborist";
import type { BuildProblemCode } from "./build-problem.ts";
import { type BuildStop, rejection } from "./build-stop.ts";
import { checkDeclaredSources, checkLockfile } from "./dependency-rules.ts";
import { matchesIntegrity, parseIntegrity } from "./integrity.ts";
import { checkLockInSync } from "./lock-in-sync.ts";
import { declaredDependencies, readJsonFile, type JsonFile } from "./package-file.ts";
import { createRegistryClient, PackageFault, type RegistryClient } from "./registry-client.ts";
import { jsonKeyPosition } from "./text-position.ts";
import type { TarballCache } from "./tarball-cache.ts";
import { newUnpackBudget, unpack, type UnpackBudget } from "./unpack.ts";

/** A package as installed. `location` is its folder relative to the checkout. */
export interface InstalledPackage {
  readonly location: string;
  readonly name: string;
  readonly version: string;
}

export interface Installed {
  readonly packages: readonly InstalledPackage[];
  /** The script's own package.json; null when it has none. */
  readonly packageFile: JsonFile | null;
  readonly lockfile: JsonFile | null;
}

export interface InstallRequest {
  /** The work copy of the checkout. */
  readonly root: string;
  /** The script's folder inside it, "." for the root. */
  readonly scriptPath: string;
  readonly registryUrl: string;
  readonly cache: TarballCache;
  /** Packages to install although only development needs them, such as a tsconfig base. */
  readonly alsoNeeded: readonly string[];
}

/**
 * Puts the script's dependencies where `npm ci --ignore-scripts --omit dev --omit optional` would: the versions, places
 * and integrities of the lockfile, nothing else. No code of a package runs and no npm configuration is read. Optional
 * packages are left out because they differ by machine.
 */
export async function install(request: InstallRequest): Promise<Installed> {
  const { root, scriptPath } = request;
  const scriptPackage = await readJsonFile(root, path.join(scriptPath, "package.json"));
  const rootPackage = scriptPath === "." ? scriptPackage : await readJsonFile(root, "package.json");
  for (const packageFile of new Set([scriptPackage, rootPackage])) {
    if (packageFile !== null) checkDeclaredSources(packageFile);
  }
  const ownLock = await readJsonFile(root, path.join(scriptPath, "package-lock.json"));
  const lockfile = ownLock ?? (scriptPath === "." ? null : await readJsonFile(root, "package-lock.json"));
  const packageFile = scriptPackage ?? rootPackage;
  if (lockfile === null) {
    if (packageFile !== null) checkNeedsNothing(packageFile);
    return { packages: [], packageFile, lockfile };
  }
  checkLockfile(lockfile, request.registryUrl);
  const lockFolder = path.dirname(lockfile.file);
  const tree = await loadTree(path.join(root, lockFolder), lockfile);
  await checkLockInSync(tree, root, lockfile);
  const start = [tree, ...scriptNode(tree, lockFolder, scriptPath, scriptPackage)];
  const nodes = neededNodes(tree, start, request.alsoNeeded);
  await placeAll(request, path.join(root, lockFolder), nodes, lockfile);
  const packages = nodes
    .filter((node) => !node.isLink)
    .map((node) => ({
      location: path.join(lockFolder, node.location),
      name: node.packageName,
      version: node.version,
    }));
  return { packages, packageFile, lockfile };
}

function checkNeedsNothing(packageFile: JsonFile): void {
  const needed = declaredDependencies(packageFile).find(({ section }) => section === "dependencies");
  if (needed === undefined) return;
  throw rejection({
    file: packageFile.file,
    ...needed.position,
    code: "lockfile-missing",
    message: "There is no package-lock.json, so the versions to build with are not known.",
    fix: "npm install",
  });
}

async function loadTree(folder: string, lockfile: JsonFile): Promise<Node> {
  // Loaded here because it is large and many builds end before it or do without.
  const { Arborist } = await import("@npmcli/arborist");
  const arborist = new Arborist({ path: folder, ignoreScripts: true });
  try {
    // A lockfile that names places outside its folder is refused by the library as well.
    const options = { subtreeOnly: true };
    return await arborist.loadVirtual(options);
  } catch (error) {
    throw rejection({
      file: lockfile.file,
      line: 1,
      column: 1,
      code: "lockfile-entry",
      message: `The lockfile cannot be used: ${error instanceof Error ? error.message.split("\n")[0] : "unknown error"}`,
      fix: "npm install",
    });
  }
}

/** In a monorepo the script's folder is a workspace of the folder that holds the lockfile. */
function scriptNode(
  tree: Node,
  lockFolder: string,
  scriptPath: string,
  scriptPackage: JsonFile | null,
): Node[] {
  const location = path.relative(lockFolder, scriptPath);
  if (location === "" || scriptPackage === null) return [];
  const found = [...tree.fsChildren].find((node) => node.location === location);
  if (found !== undefined) return [found];
  throw rejection({
    file: scriptPackage.file,
    line: 1,
    column: 1,
    code: "lockfile-missing",
    message: `${scriptPath} has no package-lock.json and is not a workspace of the repository's root.`,
    fix: `Add "${scriptPath}" to "workspaces" in package.json and run npm install`,
  });
}

/** Everything that the start nodes reach when development and optional dependencies are left out. */
function neededNodes(tree: Node, start: readonly Node[], alsoNeeded: readonly string[]): Node[] {
  const needed = new Set<Node>();
  const waiting = [...start];
  for (const name of alsoNeeded) {
    const child = tree.children.get(name);
    if (child !== undefined) waiting.push(child);
  }
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    if (node.isLink) {
      waiting.push(node.target);
      continue;
    }
    for (const edge of node.edgesOut.values()) {
      const wanted = edge.type === "prod" || edge.type === "peer";
      if (wanted && edge.to !== null && edge.to !== undefined) waiting.push(edge.to);
    }
  }
  // Parents before what is nested in them.
  return [...needed]
    .filter((node) => /(?:^|\/)node_modules\//.test(node.location))
    .sort((a, b) => (a.location < b.location ? -1 : 1));
}

const downloadsAtOnce = 8;

async function placeAll(
  request: InstallRequest,
  folder: string,
  nodes: readonly Node[],
  lockfile: JsonFile,
): Promise<void> {
  const client = createRegistryClient(request.registryUrl);
  const budget = newUnpackBudget();
  const queue = nodes.filter((node) => !node.inBundle);
  let fetched = false;
  const placeNext = async (): Promise<void> => {
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      const target = path.join(folder, node.location);
      if (node.isLink) await placeLink(target, path.join(folder, node.target.location));
      else fetched = (await placePackage(node, target, client, request.cache, budget, lockfile)) || fetched;
    }
  };
  await Promise.all(Array.from({ length: downloadsAtOnce }, placeNext));
  if (fetched) await request.cache.trim();
}

async function placeLink(link: string, target: string): Promise<void> {
  await mkdir(path.dirname(link), { recursive: true });
  await symlink(path.relative(path.dirname(link), target), link);
}

/** Answers whether the tarball had to be fetched. */
async function placePackage(
  node: Node,
  target: string,
  client: RegistryClient,
  cache: TarballCache,
  budget: UnpackBudget,
  lockfile: JsonFile,
): Promise<boolean> {
  const stop = (code: BuildProblemCode, message: string): BuildStop =>
    rejection({
      file: lockfile.file,
      ...jsonKeyPosition(lockfile.text, ["packages", node.location, "integrity"]),
      code,
      message,
    });
  const integrity = parseIntegrity(node.integrity ?? "");
  if (integrity === null) throw stop("lockfile-integrity-missing", `${node.name} has no known integrity.`);
  try {
    const cached = await cache.get(integrity);
    const bytes = cached ?? (await client.tarball(node.packageName, node.version, node.resolved ?? null));
    if (!matchesIntegrity(bytes, integrity)) {
      const message = `The registry's ${node.packageName}@${node.version} is not what the lockfile was made with.`;
      throw stop("integrity-mismatch", message);
    }
    if (cached === null) await cache.put(integrity, bytes);
    await unpack(bytes, target, budget);
    return cached === null;
  } catch (error) {
    if (error instanceof PackageFault) throw stop(error.code, error.message);
    throw error;
  }
}
