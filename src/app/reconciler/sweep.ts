import { schedule } from "node-cron";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { unsettledScripts } from "#domain/reconcile/unsettled-scripts.ts";
import type { ReconcilerContext } from "./context.ts";

/** A node silent for a day is gone, and no wave waits for it any more. */
const forgottenAfterMs = 86_400_000;
/** Repositories looked at in turn at each long sweep, so that GitHub's limits hold however many there are. */
const repositoriesAtOnce = 100;
/** More open pull requests than this are looked at in turn. */
const pullRequestsMax = 1_000;

/**
 * Wakes what may have been missed: the repositories that moved, the fleet, scripts whose releases are not what their
 * branches say, canaries in flight, and campaigns. Runs every minute; compares in bulk, and wakes only what differs.
 */
export async function sweepRollouts({ records, queue, fleet }: ReconcilerContext): Promise<void> {
  const rollouts = await records.listActiveRollouts();
  const scripts = rollouts.map(({ script, version }): ReconcileKey => `script:${script}@${version}`);
  const snapshot = await fleet.current();
  const unsettled = snapshot ? unsettledScripts(snapshot, await records.listScripts()) : [];
  const canaries = (await records.listActiveCanaryRuns()).flatMap((run): ReconcileKey[] => {
    const key: ReconcileKey = `canary:${run.script}@${run.version}`;
    return run.pull === null ? [key] : [key, `pr:${run.repositoryId}#${run.pull}`];
  });
  const campaigns = [...(snapshot?.campaigns.keys() ?? [])].map((name): ReconcileKey => `campaign:${name}`);
  const experiments = [...(snapshot?.experiments.values() ?? [])]
    .filter(({ experiment }) => experiment.ended === undefined)
    .map(({ experiment }): ReconcileKey => `experiment:${experiment.name}`);
  await queue.wake([
    "discovery",
    "fleet",
    ...scripts,
    ...unsettled,
    ...canaries,
    ...campaigns,
    ...experiments,
  ]);
}

/**
 * Wakes the repositories with open pull requests or rollouts, and of the others so many in turn, for what neither a
 * push nor a webhook told, and the scan for releases; forgets what is old. Runs every ten minutes. Returns where the next turn begins.
 */
export async function sweepRepositories(
  { records, queue, clock }: ReconcilerContext,
  fromId: number,
): Promise<number> {
  const repositories = (await records.listRepositories()).map(({ id }) => id);
  const pulls = await records.listPullRequests(pullRequestsMax);
  const busy = [...pulls, ...(await records.listActiveRollouts())].map(({ repositoryId }) => repositoryId);
  const later = repositories.filter((id) => id >= fromId);
  const turn = [...later, ...repositories.filter((id) => id < fromId)];
  const chosen = new Set([...busy, ...turn.slice(0, repositoriesAtOnce)]);
  // The age that a release must have comes by itself.
  await queue.wake(["releases", ...[...chosen].map((id): ReconcileKey => `repo:${id}`)]);
  await records.pruneStore(clock.now());
  await records.forgetSilentNodes(clock.now() - forgottenAfterMs);
  return turn[repositoriesAtOnce] ?? 0;
}

/** Sweeps at the times of the two sweeps. Returns the call that stops it. */
export function startSweep(context: ReconcilerContext): () => Promise<void> {
  let fromId = 0;
  const guarded = (name: string, run: () => Promise<void>) => async () => {
    await run().catch((error: unknown) =>
      context.logger.warn({ err: error, sweep: name }, "the sweep failed; it runs again"),
    );
  };
  const everyMinute = guarded("minute", () => sweepRollouts(context));
  const everyTenMinutes = guarded("ten minutes", async () => {
    fromId = await sweepRepositories(context, fromId);
  });
  const tasks = [
    schedule("* * * * *", everyMinute, { noOverlap: true }),
    schedule("*/10 * * * *", everyTenMinutes, { noOverlap: true }),
  ];
  return async () => {
    for (const task of tasks) await task.destroy();
  };
}
