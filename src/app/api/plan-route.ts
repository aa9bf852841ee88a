import type { FastifyInstance } from "fastify";
import type { Store } from "#adapters/store/open-store.ts";
import { listScripts } from "#adapters/store/scripts.ts";
import { nodeViews } from "#app/reconciler/node-views.ts";
import { scriptPace } from "#app/reconciler/script-pace.ts";
import type { Clock } from "#domain/ports.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { untriedCanaryMs } from "#domain/rollout/canary-time.ts";
import { promisedPlan } from "#domain/rollout/promised-plan.ts";
import { stopsFor } from "#domain/rollout/stops.ts";

export interface PlanRouteOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
}

/** What `plan NAME` asks. */
export async function planRoute(
  app: FastifyInstance,
  { store, clock, fleet }: PlanRouteOptions,
): Promise<void> {
  app.get<{ Params: { name: string }; Querystring: { version?: string } }>(
    "/api/scripts/:name/plan",
    { schema: { summary: "What merging a change of this script now would do, wave by wave." } },
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
      const canaryMs = untriedCanaryMs(manifest, snapshot.fleet, releasesOf(snapshot, name, script.version));
      const planned = promisedPlan({ manifest, fleet: snapshot.fleet, nodes, pace, stops, canaryMs, nowMs });
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
