import path from "node:path";
import { installedPackages } from "./installed-packages.ts";
import type { RegistryPackage } from "./registry-package.ts";
import { samplePackages } from "./sample-packages.ts";

/** Small pure-JavaScript libraries that the sample scripts use; exact dependencies of this project. */
const realLibraries = ["cookie", "fastest-levenshtein", "itty-router", "luxon", "negotiator", "valibot"];

/** Everything that the registry of a laptop serves. `root` is this project's folder. */
export async function localPackages(root: string): Promise<RegistryPackage[]> {
  const samples = await samplePackages(path.join(root, "fixtures", "registry"));
  return [...samples, ...(await installedPackages(root, realLibraries))];
}
