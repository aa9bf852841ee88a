import type { FastifyInstance } from "fastify";
import type { Store } from "#adapters/store/open-store.ts";
import { listScripts } from "#adapters/store/scripts.ts";
import type { Clock, MeasurementSource } from "#domain/ports.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { untriedCanaryMs } from "#domain/rollout/canary-time.ts";
import { promisedPlan } from "#domain/rollout/promised-plan.ts";
import { stopsFor } from "#domain/rollout/stops.ts";
import { nodeViews } from "#app/reconciler/node-views.ts";
import { scriptPace } from "#app/reconciler/script-pace.ts";
import { streamEvents } from "./event-stream.ts";
import { canaryRoutes } from "./canary-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import type { CampaignDesk } from "#app/campaign/campaign-desk.ts";
import { campaignRoutes } from "./campaign-routes.ts";
import { inventoryRoutes } from "./inventory-routes.ts";
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
}

/** What the CLI and the page read and ask for. */
export async function apiRoutes(app: FastifyInstance, options: ApiRoutesOptions): Promise<void> {
  const { store, clock, fleet } = options;
  await app.register(operationRoutes, options);
  await app.register(rolloutRoutes, options);
  await app.register(noticeRoutes, options);
  await app.register(canaryRoutes, options);
  await app.register(campaignRoutes, options);
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
  app.get<{ Params: { name: string }; Querystring: { version?: string } }>(
    "/api/scripts/:name/plan",
    describe("What merging a change of this script now would do, wave by wave."),
    async (request, reply) => {
      const { name } = request.params;
      const scripts = (await listScripts(store.db)).filter(
        (script) => script.name === name && script.declared,
      );
      const { version } = request.query;
      const script =
        version === undefined ? scripts.at(-1) : scripts.find((candidate) => candidate.version === version);
      const snapshot = await fleet.current();
      if (!script?.manifest || !snapshot) {
        return reply.code(404).send({
          error: { code: "unknown_script", message: `no script ${name} is declared`, script: name },
        });
      }
      const { manifest } = script;
      const nodes = await store.records.listNodes();
      const nowMs = clock.now();
      const views = nodeViews(nodes, name, script.version, nowMs);
      const pace = await scriptPace(store.records, { name, version: script.version, views });
      const stops = stopsFor(snapshot, name, script.commit, nowMs);
      const { fleet: regions } = snapshot;
      const canaryMs = untriedCanaryMs(manifest, regions, releasesOf(snapshot, name, script.version));
      const planned = promisedPlan({ manifest, fleet: regions, nodes, pace, stops, canaryMs, nowMs });
      if (!planned.ok)
        return reply
          .code(409)
          .send({ error: { code: "promise_cannot_be_kept", message: planned.reason, script: name } });
      return {
        script: `${name}@${script.version}`,
        waves: planned.plan.waves.map(({ regions, startsAtMs, endsAtMs }) => ({
          regions,
          startsAt: time(startsAtMs),
          endsAt: time(endsAtMs),
        })),
        completesBy: time(planned.plan.completesByMs),
      };
    },
  );
}

/** RFC 3339 in UTC. */
function time(ms: number): string {
  return new Date(ms).toISOString();
}

function describe(summary: string): { schema: { summary: string } } {
  return { schema: { summary } };
}
