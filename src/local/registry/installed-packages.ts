import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { packageFrom, type RegistryPackage } from "./registry-package.ts";

/** When a real library was published is not known from its folder; long ago is true enough for any cooldown. */
const publishedLongAgo = "2024-01-01T00:00:00.000Z";

/**
 * Real libraries, and all that they depend on, out of the `node_modules` of the project in `root`, so that samples use
 * them without a network and without copies in git. Throws when one is not installed.
 */
export async function installedPackages(root: string, names: readonly string[]): Promise<RegistryPackage[]> {
  const found = new Map<string, RegistryPackage>();
  const waiting = names.map((name) => ({ name, from: root }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const folder = await resolveFolder(root, next.from, next.name);
    if (found.has(folder)) continue;
    const item = await packageFrom(folder, publishedLongAgo);
    found.set(folder, item);
    const needed = Object.keys(await dependenciesOf(folder));
    waiting.push(...needed.map((name) => ({ name, from: folder })));
  }
  return [...found.values()];
}

async function dependenciesOf(folder: string): Promise<Record<string, string>> {
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    await readFile(path.join(folder, "package.json"), "utf8"),
  );
  return manifest.dependencies ?? {};
}

/** Where `require` in `from` would find the package. */
async function resolveFolder(root: string, from: string, name: string): Promise<string> {
  for (let folder = from; folder.startsWith(root); folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", name);
    const info = await stat(path.join(candidate, "package.json")).catch(() => null);
    if (info !== null) return candidate;
  }
  throw new Error(`${name} is not installed; run npm ci.`);
}
