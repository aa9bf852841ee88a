import type { FastifyInstance } from "fastify";
import { findCanaryRun, listRecentCanaryRuns } from "#adapters/store/canary-runs.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { listRepositories } from "#adapters/store/repositories.ts";
import type { Clock, MeasurementSource } from "#domain/ports.ts";
import { canaryView } from "./canary-view.ts";

export interface CanaryRoutesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly measurementSource: MeasurementSource;
  /** Where GitHub's pages are. */
  readonly webUrl: string;
}

const listedMax = 100;

/** Canary runs: the latest, and everything about one of them. */
export async function canaryRoutes(
  app: FastifyInstance,
  { store: { db }, clock, measurementSource, webUrl }: CanaryRoutesOptions,
): Promise<void> {
  app.get("/api/canaries", { schema: { summary: "The latest canary runs, newest first." } }, async () => {
    const runs = await listRecentCanaryRuns(db, listedMax);
    return {
      canaries: runs.map((run) => {
        const { headline, reason, score } = canaryView({
          run,
          measurements: [],
          repositoryUrl: null,
          nowMs: clock.now(),
        });
        const { id, script, version, cause, pull, phase } = run;
        return { id, script, version, cause, pull, phase: phase.kind, headline, reason, score };
      }),
    };
  });

  app.get<{ Params: { id: string } }>(
    "/api/canaries/:id",
    { schema: { summary: "One canary run: metrics window by window, looks, regions, nodes." } },
    async (request, reply) => {
      const { id } = request.params;
      const run = await findCanaryRun(db, id);
      if (run === null)
        return reply.code(404).send({ error: { code: "unknown_run", message: `there is no run ${id}` } });
      const repository = (await listRepositories(db)).find((one) => one.id === run.repositoryId);
      const nowMs = clock.now();
      return canaryView({
        run,
        measurements: await measurementSource.measurements(run, nowMs),
        repositoryUrl: repository === undefined ? null : `${webUrl}/${repository.fullName}`,
        nowMs,
      });
    },
  );
}
