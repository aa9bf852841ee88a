import type { Records } from "#adapters/store/records.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { NodeView } from "#domain/rollout/attestation.ts";
import { type EarlierRollout, type Pace, paceOf } from "#domain/rollout/pace.ts";

/** Older rollouts of a script than this many tell nothing about its next. */
const rolloutsLookedAt = 10;
/** Of these latest rollouts of other scripts some have got far enough to tell. */
const othersLookedAt = 40;

interface PacedScript {
  readonly name: string;
  readonly version: string;
  /** The nodes as they see this version. */
  readonly views: readonly NodeView[];
}

/** How fast a script's earlier rollouts went, or those of others while it has none, and what it is asked for now. */
export async function scriptPace(
  records: Pick<Records, "listRolloutsOfScript" | "listRecentRollouts">,
  { name, version, views }: PacedScript,
): Promise<Pace> {
  const own = (await records.listRolloutsOfScript(name, version, rolloutsLookedAt)).map(earlierRollout);
  const isFirst = own.every(({ bakeStartedAtMs }) => Object.keys(bakeStartedAtMs).length === 0);
  const others = isFirst ? await records.listRecentRollouts(othersLookedAt) : [];
  return paceOf(own, views, others.map(earlierRollout));
}

function earlierRollout({ state, bake }: RolloutRecord): EarlierRollout {
  return { state, bakeStartedAtMs: bake };
}
