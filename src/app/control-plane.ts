import { join } from "node:path";
import { pino } from "pino";
import { createNodeMiddleware } from "probot";
import { openStore } from "#adapters/store/open-store.ts";
import type { Clock } from "#domain/ports.ts";
import { readPromises } from "./api/read-promises.ts";
import { createServer } from "./api/server.ts";
import { createBot } from "./bot/bot.ts";
import { createCampaignDesk } from "./campaign/campaign-desk.ts";
import { createExperimentDesk } from "./experiment/experiment-desk.ts";
import type { Configuration } from "./configuration.ts";
import { Notifier } from "./notify/notifier.ts";
import { performOperation } from "./operations/perform-operation.ts";
import { createReconcilerContext } from "./reconciler-context.ts";
import { createReconciler } from "./reconciler/reconcile.ts";
import { startSweep } from "./reconciler/sweep.ts";

const keysAtOnce = 8;
const drainMs = 2_000;

export interface ControlPlane {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds every part once, joins them, and begins to work. */
export async function startControlPlane(
  configuration: Configuration,
  version: string,
): Promise<ControlPlane> {
  const logger = pino({ level: configuration.logLevel }, pino.destination(2));
  const clock: Clock = { now: () => Date.now() };
  const { home, github } = configuration;
  const store = await openStore({ databaseUrl: configuration.databaseUrl, dir: join(home, "store"), logger });
  const { probot, context } = await createReconcilerContext(configuration, { store, clock, logger });
  store.queue.start(createReconciler(context), { concurrency: keysAtOnce });
  await store.queue.wake(["discovery"]);
  const stopSweep = startSweep(context);
  const notifier = new Notifier({
    store,
    clock,
    logger,
    ...configuration.notify,
    endpoints: async () => (await context.fleet.current())?.fleet.notify ?? [],
    source: configuration.publicUrl ?? `urn:showrunner:${configuration.fleetRepository}`,
  });
  notifier.start();

  const app = await createServer({
    version,
    logger: logger.child({ part: "http" }, { level: "warn" }),
    webhooks: await createNodeMiddleware(createBot({ store, clock }), {
      probot,
      webhooksPath: "/api/github/webhooks",
    }),
    api: {
      store,
      clock,
      fleet: context.fleet,
      measurementSource: context.measurementSource,
      campaigns: createCampaignDesk(context),
      experiments: createExperimentDesk(context),
      webUrl: github.webUrl,
      operate: (operation, how) => performOperation(context, operation, how),
    },
    nodes: {
      store,
      clock,
      bundles: context.bundles,
      signer: context.signer,
      registrationTokens: configuration.registrationTokens,
    },
    guard: guardOptions(configuration),
    promises: () => readPromises(store.db),
    unready: async () =>
      (await context.fleet.current()) === null ? ["no valid fleet.yaml was read yet"] : [],
  });
  const url = await app.listen({ port: configuration.port, host: configuration.host });
  return {
    url,
    async close() {
      await stopSweep();
      await notifier.stop();
      app.server.closeAllConnections();
      await app.close();
      await store.queue.stop(drainMs);
      await store.close();
    },
  };
}

function guardOptions({ apiToken, host, publicUrl }: Configuration) {
  const isLoopback = host === "127.0.0.1" || host === "localhost" || host === "::1";
  const names = publicUrl === null ? [host] : [host, new URL(publicUrl).hostname];
  return {
    token: apiToken,
    hosts: new Set(isLoopback ? [...names, "127.0.0.1", "localhost", "[::1]"] : names),
    openForReading: isLoopback,
  };
}
