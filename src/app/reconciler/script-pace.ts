import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { Records } from "#adapters/store/records.ts";
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
  records: Pick<Records, "listRolloutsOfScript">,
  { name, version, nodes, nowMs }: PacedScript,
): Promise<Pace> {
  const latest = await records.listRolloutsOfScript(name, version, rolloutsLookedAt);
  const earlier = latest.map(({ state, bake }) => ({ state, bakeStartedAtMs: bake }));
  return paceOf(earlier, nodeViews(nodes, name, version, nowMs));
}
