import type { FastifyInstance } from "fastify";
import type { Store } from "#adapters/store/open-store.ts";
import type { Clock, MeasurementSource } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { streamEvents } from "./event-stream.ts";
import { canaryRoutes } from "./canary-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import type { CampaignDesk } from "#app/campaign/campaign-desk.ts";
import type { ExperimentDesk } from "#app/experiment/experiment-desk.ts";
import { campaignRoutes } from "./campaign-routes.ts";
import { experimentRoutes } from "./experiment-routes.ts";
import { inventoryRoutes } from "./inventory-routes.ts";
import { planRoute } from "./plan-route.ts";
import { operationRoutes, type OperationRoutesOptions } from "./operation-routes.ts";
import { readOverview } from "./read-overview.ts";
import { rolloutRoutes } from "./rollout-routes.ts";

export interface ApiRoutesOptions extends OperationRoutesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
  readonly measurementSource: MeasurementSource;
  /** Where GitHub's pages are. */
  readonly webUrl: string;
  readonly campaigns: CampaignDesk;
  readonly experiments: ExperimentDesk;
}

/** What the CLI and the page read and ask for. */
export async function apiRoutes(app: FastifyInstance, options: ApiRoutesOptions): Promise<void> {
  const { store, fleet } = options;
  await app.register(operationRoutes, options);
  await app.register(rolloutRoutes, options);
  await app.register(planRoute, options);
  await app.register(noticeRoutes, options);
  await app.register(canaryRoutes, options);
  await app.register(campaignRoutes, options);
  await app.register(experimentRoutes, options);
  await app.register(inventoryRoutes, options);
  app.get("/api/openapi.json", { schema: { hide: true } }, () => app.swagger());
  app.get("/api/overview", describe("The whole fleet: regions, scripts, rollouts, open pull requests."), () =>
    readOverview(options),
  );
  app.get(
    "/api/events",
    describe("Changes as server-sent events; resumes by Last-Event-ID."),
    (request, reply) => streamEvents(store, request, reply),
  );
  app.get(
    "/api/fleet",
    describe("The text of fleet.yaml in force, and its commit."),
    async (_request, reply) => {
      const snapshot = await fleet.current();
      if (!snapshot)
        return reply
          .code(404)
          .send({ error: { code: "no_fleet", message: "no valid fleet.yaml was found" } });
      return { fleet: snapshot.fleetText, commit: snapshot.commit, generation: snapshot.generation };
    },
  );
}

function describe(summary: string): { schema: { summary: string } } {
  return { schema: { summary } };
}
