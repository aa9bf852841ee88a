import { quickHold } from "../quick-release.ts";
import { behaviourOfDigest } from "../revisions.ts";
import type { Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import type { WorldFacts } from "./world-facts.ts";

/** What keeps the world from being at rest: nodes that do not serve what git says, rollouts that have not ended, merges that are not everywhere. */
export function restProblems(world: World, facts: WorldFacts, scenario: Scenario): string[] {
  const problems: string[] = [];
  const holds = world.github.repository(world.fleetRepositoryId).head().files;
  for (const { key, repositoryId, path, manifest } of scenario.scripts) {
    const newest = facts.targets.get(key)?.at(-1)?.digest ?? null;
    const hold = quickHold(holds.get(`holds/${key}.yaml`) ?? "");
    const isHeld = hold.revision !== null && hold.revision === newest;
    // What fails may be taken back or, where nobody used it enough to tell, be everywhere.
    // A store that was lost does not know what a manifest said before it broke, unless a release tells.
    const repository = world.github.repository(repositoryId).head().files;
    const isBroken =
      repository.get(path === "." ? "showrunner.yaml" : `${path}/showrunner.yaml`) !== manifest;
    const isDue = !isBroken && newest !== null && behaviourOfDigest(newest) === "healthy" && !isHeld;
    const target = isDue ? newest : null;
    for (const { name: region } of scenario.regions) {
      const release = facts.releases.get(`${region}|${key}`);
      if (release?.next) problems.push(`${key} is still on its way in ${region}`);
      else if (target !== null && release?.stable !== target)
        problems.push(
          `${key} in ${region} is at ${release?.stable?.slice(7, 14)}, not ${target.slice(7, 14)}`,
        );
    }
  }
  for (const rollout of world.database.rollouts.values()) {
    if (rollout.completedAtMs === null)
      problems.push(`${rollout.id} has not ended: ${rollout.state.phase.kind}`);
  }
  for (const node of world.nodes) {
    if (!node.isUp) problems.push(`${node.id} is down`);
    for (const { key } of scenario.scripts) {
      const wanted = facts.releases.get(`${node.region}|${key}`)?.stable ?? null;
      const serving = node.serving.get(key)?.digest ?? null;
      if (serving !== wanted)
        problems.push(`${node.id} serves ${serving?.slice(7, 14)} of ${key}, not ${wanted?.slice(7, 14)}`);
    }
  }
  return problems;
}
