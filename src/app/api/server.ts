import fastifyHelmet from "@fastify/helmet";
import fastifySwagger from "@fastify/swagger";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Gauge, Registry, collectDefaultMetrics } from "prom-client";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import type { PromiseRecord } from "#domain/rollout/promise-record.ts";
import { apiRoutes, type ApiRoutesOptions } from "./api-routes.ts";
import { guard, type GuardOptions } from "./guard.ts";
import { type NodeRoutesOptions, nodeRoutes } from "./node-routes.ts";
import { webhookRoute } from "./webhook-route.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface ServerOptions {
  readonly version: string;
  readonly logger: Logger;
  readonly api: ApiRoutesOptions;
  readonly nodes: NodeRoutesOptions;
  readonly guard: GuardOptions;
  readonly webhooks: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** How the latest rollouts kept their promises. */
  readonly promises: () => Promise<PromiseRecord>;
  /** Why the control plane cannot do its work now; empty when it can. */
  readonly unready: () => Promise<readonly string[]>;
}

/** The control plane's HTTP side: webhooks, nodes, the API and the page. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = options.logger;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024 * 1024,
  });
  await app.register(fastifySwagger, {
    openapi: { openapi: "3.1.0", info: { title: "Showrunner", version: options.version } },
  });
  await app.register(fastifyHelmet, { contentSecurityPolicy: false, hsts: false });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measurePromises(registry, options.promises);

  app.get("/healthz", { schema: { hide: true } }, () => ({ ok: true }));
  app.get("/readyz", { schema: { hide: true } }, async (_request, reply) => {
    const reasons = await options.unready();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  await app.register(webhookRoute, { middleware: options.webhooks });
  await app.register(nodeRoutes, options.nodes);
  await app.register(async (scope) => {
    guard(scope, options.guard);
    await scope.register(apiRoutes, options.api);
    await scope.register(dashboardPlugin({ version: options.version }));
  });
  return app;
}

/** Looked up when somebody asks, so that a scrape costs what it costs and nothing else does. */
function measurePromises(registry: Registry, promises: ServerOptions["promises"]): void {
  const registers = [registry];
  const completed: Gauge = new Gauge({
    name: "showrunner_rollouts_completed",
    help: "Of the latest 200 rollouts, those that are everywhere.",
    registers,
    collect: async () => completed.set((await promises()).completed),
  });
  const onTime: Gauge = new Gauge({
    name: "showrunner_rollouts_on_time",
    help: "Of the latest 200 rollouts, those that were everywhere by the promised time.",
    registers,
    collect: async () => onTime.set((await promises()).onTime),
  });
}
