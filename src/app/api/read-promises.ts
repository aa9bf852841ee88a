import type { Executor } from "#adapters/store/database.ts";
import { listRecentRollouts } from "#adapters/store/rollouts.ts";
import { type PromiseRecord, promiseRecord } from "#domain/rollout/promise-record.ts";

const rolloutsMax = 200;

/** How the latest 200 rollouts of the fleet kept their promises. */
export async function readPromises(db: Executor): Promise<PromiseRecord> {
  const rollouts = await listRecentRollouts(db, rolloutsMax);
  return promiseRecord(
    rollouts.map(({ state, promisedByMs, completedAtMs }) => ({
      phase: state.phase,
      promisedByMs,
      endedAtMs: completedAtMs,
    })),
  );
}
