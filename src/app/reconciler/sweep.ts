import { schedule } from "node-cron";
import { forgetSilentNodes } from "#adapters/store/nodes.ts";
import { pruneStore } from "#adapters/store/prune-store.ts";
import { listRepositories } from "#adapters/store/repositories.ts";
import { listActiveRollouts } from "#adapters/store/rollouts.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** A node silent for a day is gone, and no wave waits for it any more. */
const forgottenAfterMs = 86_400_000;

/**
 * Wakes what may have been missed: every minute the repositories that moved, the fleet and rollouts in flight, every ten
 * minutes every repository. Returns the call that stops it.
 */
export function startSweep({ store, clock, logger }: ReconcilerContext): () => Promise<void> {
  const guarded = (name: string, run: () => Promise<void>) => async () => {
    await run().catch((error: unknown) =>
      logger.warn({ err: error, sweep: name }, "the sweep failed; it runs again"),
    );
  };
  const everyMinute = guarded("minute", async () => {
    const rollouts = await listActiveRollouts(store.db);
    const scripts = rollouts.map(({ script, version }): ReconcileKey => `script:${script}@${version}`);
    await store.queue.wake(["discovery", "fleet", ...scripts]);
  });
  const everyTenMinutes = guarded("ten minutes", async () => {
    const repositories = await listRepositories(store.db);
    await store.queue.wake(repositories.map(({ id }): ReconcileKey => `repo:${id}`));
    await pruneStore(store.db, clock.now());
    await forgetSilentNodes(store.db, clock.now() - forgottenAfterMs);
  });
  const tasks = [
    schedule("* * * * *", everyMinute, { noOverlap: true }),
    schedule("*/10 * * * *", everyTenMinutes, { noOverlap: true }),
  ];
  return async () => {
    for (const task of tasks) await task.destroy();
  };
}
