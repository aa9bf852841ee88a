import type { Records } from "#adapters/store/records.ts";
import type { NodeView } from "#domain/rollout/attestation.ts";
import { type Pace, paceOf } from "#domain/rollout/pace.ts";

/** Older rollouts of a script than this many tell nothing about its next. */
const rolloutsLookedAt = 10;

interface PacedScript {
  readonly name: string;
  readonly version: string;
  /** The nodes as they see this version. */
  readonly views: readonly NodeView[];
}

/** How fast a script's earlier rollouts went, and what it is asked for now. */
export async function scriptPace(
  records: Pick<Records, "listRolloutsOfScript">,
  { name, version, views }: PacedScript,
): Promise<Pace> {
  const latest = await records.listRolloutsOfScript(name, version, rolloutsLookedAt);
  const earlier = latest.map(({ state, bake }) => ({ state, bakeStartedAtMs: bake }));
  return paceOf(earlier, views);
}
