import path from "node:path";
import type { Edge, Node } from "@npmcli/arborist";
import type { BuildProblem } from "./build-problem.ts";
import { BuildStop } from "./build-stop.ts";
import { buildLimits } from "./limits.ts";
import { declaredDependencies, readJsonFile, type JsonFile } from "./package-file.ts";
import { jsonKeyPosition } from "./text-position.ts";

/**
 * Stops the build when the lockfile does not give every dependency a version that its range allows. The same question
 * that `npm ci` asks, without asking the registry. `tree` is what the lockfile holds; `root` is the work copy.
 */
export async function checkLockInSync(tree: Node, root: string, lockfile: JsonFile): Promise<void> {
  const lockFolder = path.dirname(lockfile.file);
  const problems: BuildProblem[] = [];
  for (const node of tree.inventory.values()) {
    if (node.isLink || problems.length >= buildLimits.problemsMax) continue;
    const own = !/(?:^|\/)node_modules\//.test(node.location);
    const broken = [...node.edgesOut.values()].filter(
      (edge) => edge.error !== null && (own || (edge.type !== "peer" && edge.type !== "peerOptional")),
    );
    if (broken.length === 0) continue;
    const packageFile = own
      ? await readJsonFile(root, path.join(lockFolder, node.location, "package.json"))
      : null;
    for (const edge of broken) problems.push(outOfSync(edge, node, packageFile, lockfile));
  }
  if (problems.length === 0) return;
  throw new BuildStop({ kind: "rejected", problems: problems.slice(0, buildLimits.problemsMax) });
}

function outOfSync(edge: Edge, node: Node, packageFile: JsonFile | null, lockfile: JsonFile): BuildProblem {
  const locked = edge.to?.version;
  const has = locked === undefined ? "does not have it" : `has ${locked}`;
  const declared =
    packageFile === null
      ? undefined
      : declaredDependencies(packageFile).find(({ name }) => name === edge.name);
  const place =
    packageFile !== null && declared !== undefined
      ? { file: packageFile.file, ...declared.position }
      : { file: lockfile.file, ...jsonKeyPosition(lockfile.text, ["packages", node.location]) };
  return {
    ...place,
    severity: "error",
    code: "lockfile-out-of-sync",
    message: `${node.name} needs ${edge.name} ${edge.spec}, but the lockfile ${has}.`,
    fix: "npm install",
  };
}
