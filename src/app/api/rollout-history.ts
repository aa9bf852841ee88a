import { promiseRecord, wasOnTime } from "#domain/rollout/promise-record.ts";
import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { OverviewRollout, RolloutInput } from "./overview-model.ts";
import { buildRollout } from "./overview-rollout.ts";

/** A rollout against its promise. Times are RFC 3339 UTC, spans milliseconds. */
interface RolloutAccount extends OverviewRollout {
  /** From start to the promised end. */
  readonly promisedMs: number;
  /** From start to the end; null while it has not ended. */
  readonly actualMs: number | null;
  /** Whether it was everywhere by the promised time; null for one that has not, or never will have, completed. */
  readonly onTime: boolean | null;
}

export interface RolloutHistory {
  readonly rollouts: readonly RolloutAccount[];
  readonly completed: number;
  /** Of those completed here, percent; null when none has. */
  readonly onTimePct: number | null;
}

/** The given rollouts with what was promised and what came of it. */
export function rolloutHistory(
  rollouts: readonly RolloutRecord[],
  repositories: readonly RepositoryRecord[],
  webUrl: string,
): RolloutHistory {
  const accounts = rollouts.map((rollout) => account(rollout, rolloutInput(rollout, repositories, webUrl)));
  const { completed, onTimePct } = promiseRecord(
    rollouts.map(({ state, promisedByMs, completedAtMs }) => ({
      phase: state.phase,
      promisedByMs,
      endedAtMs: completedAtMs,
    })),
  );
  return { rollouts: accounts, completed, onTimePct };
}

/** A rollout as the store keeps it, in the form that the overview is derived from. */
export function rolloutInput(
  { state, completedAtMs, pullNumber, repositoryId, ...rollout }: RolloutRecord,
  repositories: readonly RepositoryRecord[],
  webUrl: string,
): RolloutInput {
  const name = repositories.find((repository) => repository.id === repositoryId)?.fullName ?? "";
  const pullRequest = pullNumber === null ? null : { number: pullNumber, title: `#${pullNumber}` };
  return {
    ...rollout,
    ...state,
    endedAtMs: completedAtMs,
    pullRequest: pullRequest && { ...pullRequest, url: `${webUrl}/${name}/pull/${pullRequest.number}` },
  };
}

function account(
  { startedAtMs, promisedByMs, completedAtMs }: RolloutRecord,
  input: RolloutInput,
): RolloutAccount {
  return {
    ...buildRollout(input),
    promisedMs: promisedByMs - startedAtMs,
    actualMs: completedAtMs === null ? null : completedAtMs - startedAtMs,
    onTime: wasOnTime(input),
  };
}
