import { closest } from "../closest.ts";
import type { ReadManifest } from "../read-manifest.ts";
import { knownVersions, type FileSet } from "./file-set.ts";

type ReadScript = ReadManifest<"Script">;

/** Dependencies must not go in circles. One that is unknown is only odd: it may live in a repository that is not here. */
export function checkDependencies(set: FileSet): void {
  checkCycles(set.scripts);
  const known = knownVersions(set);
  // Only a folder with the fleet in it is taken to hold every script.
  if (set.fleets.length === 0 || known.size === 0) return;
  for (const { source, document, problems } of set.scripts) {
    for (const [index, name] of (source.dependsOn ?? []).entries()) {
      if (known.has(name)) continue;
      const meant = closest(name, known.keys());
      const hint = meant === null ? "" : ` Did you mean "${meant}"?`;
      const message = `No script "${name}" is known here.${hint}`;
      problems.warning(document.at(["dependsOn", index]), "unknown-script", message, meant);
    }
  }
}

/** Reports the dependency that closes each circle. Iterative, so that a long chain cannot exhaust the stack. */
function checkCycles(scripts: readonly ReadScript[]): void {
  const byName = new Map(scripts.map((read) => [read.source.name, read]));
  const done = new Set<string>();
  for (const start of byName.values()) {
    const path: { read: ReadScript; next: number }[] = [];
    const onPath = new Set<string>();
    const enter = (read: ReadScript): void => {
      path.push({ read, next: 0 });
      onPath.add(read.source.name);
    };
    if (!done.has(start.source.name)) enter(start);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { source } = step.read;
      const index = step.next;
      const name = source.dependsOn?.[index];
      step.next += 1;
      if (name === undefined) {
        path.pop();
        onPath.delete(source.name);
        done.add(source.name);
        continue;
      }
      if (onPath.has(name)) {
        const names = path.map((entry) => entry.read.source.name);
        reportCycle(step.read, index, [...names.slice(names.indexOf(name)), name]);
        continue;
      }
      const dependency = byName.get(name);
      if (dependency !== undefined && !done.has(name)) enter(dependency);
    }
  }
}

function reportCycle(read: ReadScript, index: number, circle: readonly string[]): void {
  // A script that depends on itself was reported with its own file.
  if (circle.length <= 2) return;
  const message = `Scripts depend on each other in a circle: ${circle.join(" → ")}.`;
  read.problems.error(read.document.at(["dependsOn", index]), "dependency-cycle", message);
}
