import { schedule } from "node-cron";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** A node silent for a day is gone, and no wave waits for it any more. */
const forgottenAfterMs = 86_400_000;

/** Wakes what may have been missed: the repositories that moved, the fleet, and rollouts and canaries in flight. Runs every minute. */
export async function sweepRollouts({ records, queue }: ReconcilerContext): Promise<void> {
  const rollouts = await records.listActiveRollouts();
  const scripts = rollouts.map(({ script, version }): ReconcileKey => `script:${script}@${version}`);
  const canaries = (await records.listActiveCanaryRuns()).flatMap((run): ReconcileKey[] => {
    const key: ReconcileKey = `canary:${run.script}@${run.version}`;
    return run.pull === null ? [key] : [key, `pr:${run.repositoryId}#${run.pull}`];
  });
  await queue.wake(["discovery", "fleet", ...scripts, ...canaries]);
}

/** Wakes every repository, and forgets what is old. Runs every ten minutes. */
export async function sweepRepositories({ records, queue, clock }: ReconcilerContext): Promise<void> {
  const repositories = await records.listRepositories();
  await queue.wake(repositories.map(({ id }): ReconcileKey => `repo:${id}`));
  await records.pruneStore(clock.now());
  await records.forgetSilentNodes(clock.now() - forgottenAfterMs);
}

/** Sweeps at the times of the two sweeps. Returns the call that stops it. */
export function startSweep(context: ReconcilerContext): () => Promise<void> {
  const guarded = (name: string, run: () => Promise<void>) => async () => {
    await run().catch((error: unknown) =>
      context.logger.warn({ err: error, sweep: name }, "the sweep failed; it runs again"),
    );
  };
  const everyMinute = guarded("minute", () => sweepRollouts(context));
  const everyTenMinutes = guarded("ten minutes", () => sweepRepositories(context));
  const tasks = [
    schedule("* * * * *", everyMinute, { noOverlap: true }),
    schedule("*/10 * * * *", everyTenMinutes, { noOverlap: true }),
  ];
  return async () => {
    for (const task of tasks) await task.destroy();
  };
}
