import type { ReadManifest } from "../read-manifest.ts";
import type { FileSet } from "./file-set.ts";

/** One manifest for each name: scripts by name and version, the others by name, the fleet only once. */
export function checkNames(set: FileSet): void {
  const scripts = new Map<string, string>();
  for (const read of set.scripts) {
    const key = `${read.source.name}@${read.source.version ?? "1"}`;
    const first = scripts.get(key);
    if (first === undefined) {
      scripts.set(key, read.file);
      continue;
    }
    const message = `${key} is declared in ${first} already. Give it another name or version.`;
    read.problems.error(read.document.at(["name"]), "duplicate-script", message);
  }
  checkUnique(set.groups, "group");
  checkUnique(set.experiments, "experiment");
  checkUnique(set.campaigns, "campaign");
  for (const read of set.fleets.slice(1)) {
    const message = `There is a fleet in ${set.fleets[0]?.file} already. Check one fleet at a time.`;
    read.problems.error(read.document.at(["kind"]), "many-fleets", message);
  }
}

type Named = ReadManifest<"Group"> | ReadManifest<"Experiment"> | ReadManifest<"Campaign">;

function checkUnique(reads: readonly Named[], noun: string): void {
  const first = new Map<string, string>();
  for (const read of reads) {
    const { name } = read.source;
    const file = first.get(name);
    if (file === undefined) {
      first.set(name, read.file);
      continue;
    }
    const message = `The ${noun} "${name}" is declared in ${file} already.`;
    read.problems.error(read.document.at(["name"]), "duplicate-name", message);
  }
}
