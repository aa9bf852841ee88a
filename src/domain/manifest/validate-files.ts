import { checkAgainstFleet } from "./cross/check-against-fleet.ts";
import { checkDependencies } from "./cross/check-dependencies.ts";
import { checkMembers } from "./cross/check-members.ts";
import { checkNames } from "./cross/check-names.ts";
import { checkRoutes } from "./cross/check-routes.ts";
import { fileSet } from "./cross/file-set.ts";
import type { FleetManifest } from "./fleet-manifest.ts";
import { fleetFromSource } from "./fleet-from-source.ts";
import { checkManifest } from "./parse-manifest.ts";
import type { Problem } from "./problem.ts";
import { readAnyManifest, type AnyReadManifest } from "./read-manifest.ts";

export interface ValidationContext {
  /** What the files are held against; null means the fleet.yaml among them, and without one no cross-references. */
  readonly fleet: FleetManifest | null;
  /** What messages call the fleet's file. */
  readonly fleetFile: string;
  /** Promises are tried against the windows of the 14 days from here, epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * Checks files by themselves and against each other. `files` gives the text of each path. All problems, ordered by
 * file (as in the map), line and column.
 */
export function validateFiles(files: ReadonlyMap<string, string>, context: ValidationContext): Problem[] {
  const unread: Problem[] = [];
  const reads: AnyReadManifest[] = [];
  for (const [file, text] of files) {
    const outcome = readAnyManifest(text, file);
    if (outcome.ok) reads.push(outcome.read);
    else unread.push(...outcome.problems);
  }
  for (const read of reads) checkManifest(read);
  crossCheck(reads, context);
  const all = [...unread, ...reads.flatMap((read) => read.problems.sorted())];
  const order = new Map([...files.keys()].map((file, index) => [file, index]));
  return all.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0));
}

function crossCheck(reads: readonly AnyReadManifest[], context: ValidationContext): void {
  const set = fileSet(reads);
  checkNames(set);
  checkRoutes(set.scripts);
  checkDependencies(set);
  checkMembers(set);
  const [own] = set.fleets;
  if (context.fleet !== null) {
    checkAgainstFleet(set, context.fleet, context.fleetFile, context.nowMs);
  } else if (own !== undefined && !own.problems.hasErrors) {
    // A fleet.yaml with errors of its own would make its scripts look wrong.
    checkAgainstFleet(set, fleetFromSource(own.source), own.file, context.nowMs);
  }
}
