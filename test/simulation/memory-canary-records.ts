import type { Records } from "#adapters/store/records.ts";
import type { Run } from "#domain/canary/run.ts";
import type { MemoryDatabase } from "./memory-database.ts";
import type { Statement } from "./memory-records.ts";

type CanaryRecords = Pick<
  Records,
  | "requestCanaryRun"
  | "saveCanaryPhase"
  | "stopCanaryRun"
  | "findCanaryRun"
  | "listOpenCanaryRuns"
  | "listActiveCanaryRuns"
  | "listCanaryRunsOfPullRequest"
  | "listCanaryRunsOfCandidate"
  | "listMeasurements"
>;

/** Runs of canaries, statement by statement as in src/adapters/store/canary-runs.ts. Nothing is measured here. */
export function memoryCanaryRecords({ canaryRuns }: MemoryDatabase, run: Statement): CanaryRecords {
  const list = (keep: (one: Run) => boolean) =>
    run("listCanaryRuns", "read", () =>
      [...canaryRuns.values()].filter(keep).sort((a, b) => a.requestedAtMs - b.requestedAtMs),
    );
  const change = (id: string, by: (one: Run) => Run) =>
    run("saveCanaryRun", "write", () => {
      const known = canaryRuns.get(id);
      if (known) canaryRuns.set(id, by(known));
    });
  return {
    requestCanaryRun: (one) =>
      run("requestCanaryRun", "write", () => {
        if (!canaryRuns.has(one.id)) canaryRuns.set(one.id, one);
      }),
    saveCanaryPhase: (id, phase) => change(id, (one) => ({ ...one, phase })),
    stopCanaryRun: (id, stop) => change(id, (one) => (isOpen(one) && !one.stop ? { ...one, stop } : one)),
    findCanaryRun: (id) => run("findCanaryRun", "read", () => canaryRuns.get(id) ?? null),
    listOpenCanaryRuns: (script, version) =>
      list((one) => isOpen(one) && one.script === script && one.version === version),
    listActiveCanaryRuns: () => list(isOpen),
    listCanaryRunsOfPullRequest: async ({ repositoryId, pull }, limit) =>
      (await list((one) => one.repositoryId === repositoryId && one.pull === pull))
        .toReversed()
        .slice(0, limit),
    listCanaryRunsOfCandidate: async (script, version, digest, limit) =>
      (
        await list(
          (one) =>
            !isOpen(one) &&
            one.script === script &&
            one.version === version &&
            one.candidate.digest === digest,
        )
      )
        .toReversed()
        .slice(0, limit),
    listMeasurements: () => run("listMeasurements", "read", () => []),
  };
}

function isOpen({ phase }: Run): boolean {
  return phase.kind !== "ended";
}
