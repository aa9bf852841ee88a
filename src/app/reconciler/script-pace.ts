import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import { type Pace, paceOf } from "#domain/rollout/pace.ts";
import { nodeViews } from "./node-views.ts";

/** Older rollouts of a script than this many tell nothing about its next. */
const rolloutsLookedAt = 10;

interface PacedScript {
  readonly name: string;
  readonly version: string;
  readonly nodes: readonly NodeRecord[];
  readonly nowMs: number;
}

/** How fast a script's earlier rollouts went, and what it is asked for now. */
export async function scriptPace(
  listRollouts: (script: string, version: string, limit: number) => Promise<readonly RolloutRecord[]>,
  { name, version, nodes, nowMs }: PacedScript,
): Promise<Pace> {
  const latest = await listRollouts(name, version, rolloutsLookedAt);
  const earlier = latest.map(({ state, bake }) => ({ state, bakeStartedAtMs: bake }));
  return paceOf(earlier, nodeViews(nodes, name, version, nowMs));
}
