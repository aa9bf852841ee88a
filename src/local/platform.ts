import { join } from "node:path";
import { readGithubApp } from "./github-app.ts";
import { writePrivate, type Secrets } from "./secrets.ts";
import type { Home } from "./home.ts";
import type { Narrator } from "./narrate.ts";
import {
  APP_ID,
  describeParts,
  loopback,
  ORGANIZATION,
  stopStages,
  type GithubFiles,
  type Parts,
} from "./parts.ts";
import type { PortLayout } from "./ports.ts";
import { seed } from "./seed.ts";
import type { Part, PartEvent } from "./supervised-part.ts";
import { Supervisor } from "./supervisor.ts";
import { waitFor } from "./wait-for.ts";

const ROOT = join(import.meta.dirname, "../..");
export const SAMPLES = join(ROOT, "fixtures/repos");

const USABLE_TIMEOUT_MS = 60_000;
/** Five seconds are promised. */
const STOP_MS_MAX = 4_500;

export interface PlatformOptions {
  readonly layout: PortLayout;
  readonly home: Home;
  readonly secrets: Secrets;
  readonly environment: NodeJS.ProcessEnv;
  readonly narrator: Narrator;
  /** Ends seeding and waiting. */
  readonly signal: AbortSignal;
}

/** The processes of one platform, from nothing to usable and back. */
export class Platform {
  readonly #options: PlatformOptions;
  readonly #parts: Parts;
  readonly #supervisor: Supervisor;

  constructor(options: PlatformOptions) {
    const { layout, home, secrets, environment, narrator } = options;
    this.#options = options;
    this.#parts = describeParts(layout, home, secrets, writeGithubFiles(options), environment);
    this.#supervisor = new Supervisor(home, (name, event) => {
      const text = describeEvent(name, event);
      if (text !== null) narrator.progress(text);
    });
  }

  /** Starts everything but the traffic; done when the API answers, every node does, and the samples are in git. */
  async start(): Promise<void> {
    this.#options.narrator.progress("starting the local GitHub, the npm registry and the control plane");
    await Promise.all([this.#startGithub(), this.#run(this.#parts.registry), this.#startFleet()]);
    await this.#usable();
  }

  async startTraffic(): Promise<void> {
    await this.#run(this.#parts.traffic);
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop(stopStages(this.#parts), STOP_MS_MAX);
  }

  async #startGithub(): Promise<void> {
    await this.#run(this.#parts.github);
    await this.#seed();
  }

  /** Nodes would only wait for a control plane that is not up yet, at growing intervals. */
  async #startFleet(): Promise<void> {
    await this.#run(this.#parts.controlPlane);
    const { narrator, layout } = this.#options;
    narrator.progress(
      `the control plane is up; starting ${layout.nodes.length} runtime nodes and the balancers`,
    );
    await Promise.all(
      [...this.#parts.nodes, this.#parts.balancer].map(async (part) => await this.#run(part)),
    );
  }

  async #run(part: Part): Promise<void> {
    await this.#supervisor.start(part);
  }

  async #seed(): Promise<void> {
    const { layout, home, secrets, narrator, signal } = this.#options;
    const seeded = await seed({
      origin: loopback(layout.github),
      organization: ORGANIZATION,
      samples: SAMPLES,
      clones: home.clones,
      admin: secrets.operator,
      authors: [secrets.maya, secrets.jonas],
      signal,
    });
    if (seeded.length > 0)
      narrator.progress(`pushed ${seeded.length} sample repositories: ${seeded.join(", ")}`);
  }

  async #usable(): Promise<void> {
    const { layout, signal } = this.#options;
    const probes = [
      `${loopback(layout.dashboard)}/readyz`,
      ...layout.nodes.map(({ adminPort }) => `${loopback(adminPort)}/healthz`),
    ];
    for (const url of probes) {
      const limits = { timeoutMs: USABLE_TIMEOUT_MS, everyMs: 200, signal };
      const found = await waitFor(async () => ((await answers(url)) ? true : null), limits);
      if (found === null) throw new Error(`${url} does not answer 200 after ${USABLE_TIMEOUT_MS / 1_000} s`);
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function writeGithubFiles({ home, secrets, layout }: PlatformOptions): GithubFiles {
  const files = {
    app: join(home.keys, "local-github-app.json"),
    users: join(home.keys, "local-github-users.json"),
  };
  const app = {
    appId: APP_ID,
    ...readGithubApp(join(ROOT, "app.yml")),
    privateKey: secrets.appPrivateKey,
    webhookUrl: `${loopback(layout.dashboard)}/api/github/webhooks`,
    webhookSecret: secrets.webhookSecret,
  };
  writePrivate(files.app, JSON.stringify(app, null, 2));
  writePrivate(files.users, JSON.stringify([secrets.operator, secrets.maya, secrets.jonas], null, 2));
  return files;
}

/** null for what is told elsewhere. */
function describeEvent(name: string, event: PartEvent): string | null {
  switch (event.kind) {
    case "ready":
      return null;
    case "readyAgain":
      return `${name} is up again`;
    case "ended":
      return `${name} ended (${event.how}); starting it again in ${event.restartInMs / 1_000} s`;
    case "failedToStart":
      return `${name} could not be started (${event.how})`;
    default:
      return event satisfies never;
  }
}
