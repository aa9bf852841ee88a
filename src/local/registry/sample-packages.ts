import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { packageFrom, type RegistryPackage } from "./registry-package.ts";

/**
 * Our own sample libraries: a folder with `<name>/<version>/` (scoped names are two folders deep) and, beside the
 * versions, `published.json` with the time of each.
 */
export async function samplePackages(folder: string): Promise<RegistryPackage[]> {
  const names = await namesIn(folder);
  const packages = await Promise.all(names.map((name) => versionsOf(path.join(folder, name))));
  return packages.flat();
}

async function namesIn(folder: string): Promise<string[]> {
  const top = await foldersIn(folder);
  const scoped = top
    .filter((name) => name.startsWith("@"))
    .map(async (scope) => (await foldersIn(path.join(folder, scope))).map((name) => `${scope}/${name}`));
  return [...top.filter((name) => !name.startsWith("@")), ...(await Promise.all(scoped)).flat()];
}

async function versionsOf(folder: string): Promise<RegistryPackage[]> {
  const published: Record<string, string> = JSON.parse(
    await readFile(path.join(folder, "published.json"), "utf8"),
  );
  return Promise.all(
    Object.entries(published).map(([version, at]) => packageFrom(path.join(folder, version), at)),
  );
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
