import { join } from "node:path";
import type { BalancedRegion } from "./balanced-region.ts";
import type { Home } from "./home.ts";
import type { NodePlace, PortLayout } from "./ports.ts";
import type { Secrets } from "./secrets.ts";
import type { Part } from "./supervised-part.ts";
import type { StopStage } from "./supervisor.ts";

export const APP_ID = 1001;
export const ORGANIZATION = "acme";
export const FLEET_REPO = `${ORGANIZATION}/fleet`;

/** The processes of one platform. */
export interface Parts {
  readonly github: Part;
  readonly registry: Part;
  readonly controlPlane: Part;
  readonly nodes: readonly Part[];
  readonly balancer: Part;
  readonly traffic: Part;
}

/** Files that the local GitHub is configured by. */
export interface GithubFiles {
  readonly app: string;
  readonly users: string;
}

/** What each process is started with. `environment` is the supervisor's own; only named variables are passed on. */
export function describeParts(
  layout: PortLayout,
  home: Home,
  secrets: Secrets,
  githubFiles: GithubFiles,
  environment: NodeJS.ProcessEnv,
): Parts {
  const common = pick(environment, ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LOG_LEVEL"]);
  // Node keeps compiled modules there, which halves the time that a later start takes.
  const compileCache = environment["NODE_COMPILE_CACHE"] ?? join(home.path, "compile-cache");
  const own = { ...common, SHOWRUNNER_HOME: home.path, NODE_COMPILE_CACHE: compileCache };
  return {
    github: {
      name: "github",
      command: ["src/local-github/main.ts"],
      env: {
        ...own,
        ...pick(environment, ["LOCAL_GITHUB_VALIDATE"]),
        LOCAL_GITHUB_PORT: String(layout.github),
        LOCAL_GITHUB_HOST: "127.0.0.1",
        LOCAL_GITHUB_HOME: home.github,
        LOCAL_GITHUB_APP: githubFiles.app,
        LOCAL_GITHUB_USERS: githubFiles.users,
      },
      readyLine: "local-github ready",
    },
    registry: {
      name: "registry",
      command: ["src/local/registry-main.ts"],
      env: { ...own, REGISTRY_PORT: String(layout.registry) },
      readyLine: "registry ready",
    },
    controlPlane: {
      name: "control-plane",
      command: ["src/main.ts"],
      env: {
        ...own,
        ...pick(environment, controlPlaneVariables(environment)),
        ...controlPlane(layout, home, secrets),
      },
      readyLine: "control-plane ready",
    },
    nodes: layout.nodes.map((place) => ({
      name: place.id,
      command: ["--no-node-snapshot", "runtime/main.ts"],
      env: { ...own, ...pick(environment, ["SECRETS_DIR"]), ...node(place, layout, home, secrets) },
      readyLine: "node ready",
    })),
    balancer: {
      name: "balancer",
      command: ["src/local/balancer.ts"],
      env: { ...own, BALANCER_REGIONS: JSON.stringify(balancedRegions(layout)) },
      readyLine: "balancer ready",
    },
    traffic: {
      name: "traffic",
      command: ["src/local/traffic.ts"],
      env: {
        ...own,
        TRAFFIC_GATEWAYS: JSON.stringify(layout.gateways.map(({ port }) => loopback(port))),
        TRAFFIC_SAMPLES: "fixtures/repos",
      },
      readyLine: "traffic ready",
    },
  };
}

function controlPlaneVariables(environment: NodeJS.ProcessEnv): string[] {
  const notify = Object.keys(environment).filter((name) => name.startsWith("SHOWRUNNER_NOTIFY_"));
  return ["DATABASE_URL", "SHOWRUNNER_SIGNING_KEY", "SECRETS_DIR", ...notify];
}

/** Whoever sends requests ends before whoever answers them. */
export function stopStages(parts: Parts): StopStage[] {
  return [
    { names: [parts.traffic.name], patienceMs: 400 },
    { names: [parts.balancer.name], patienceMs: 700 },
    { names: parts.nodes.map(({ name }) => name), patienceMs: 1_200 },
    { names: [parts.controlPlane.name], patienceMs: 2_500 },
    { names: [parts.registry.name, parts.github.name], patienceMs: 700 },
  ];
}

export function loopback(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function controlPlane(layout: PortLayout, home: Home, secrets: Secrets): Record<string, string> {
  return {
    PORT: String(layout.dashboard),
    HOST: "127.0.0.1",
    PUBLIC_URL: loopback(layout.dashboard),
    APP_ID: String(APP_ID),
    PRIVATE_KEY: secrets.appPrivateKey,
    WEBHOOK_SECRET: secrets.webhookSecret,
    GHE_HOST: `127.0.0.1:${layout.github}`,
    GHE_PROTOCOL: "http",
    FLEET_REPO,
    REGISTRY_URL: loopback(layout.registry),
    REGISTRATION_TOKENS_DIR: secrets.registrationFolder,
    SHOWRUNNER_TOKEN_FILE: join(home.path, "token"),
    SHOWRUNNER_API_PACING: "off",
  };
}

function node(place: NodePlace, layout: PortLayout, home: Home, secrets: Secrets): Record<string, string> {
  return {
    NODE_ID: place.id,
    REGION: place.region,
    CONTROL_PLANE_URL: loopback(layout.dashboard),
    REGISTRATION_TOKEN_FILE: join(secrets.registrationFolder, place.region),
    NODE_HOME: join(home.nodes, place.id),
    GATEWAY_PORT: String(place.gatewayPort),
    ADMIN_PORT: String(place.adminPort),
  };
}

function balancedRegions(layout: PortLayout): BalancedRegion[] {
  return layout.gateways.map(({ region, port }) => ({
    region,
    port,
    nodes: layout.nodes
      .filter((place) => place.region === region)
      .map(({ id, gatewayPort, adminPort }) => ({
        id,
        gatewayUrl: loopback(gatewayPort),
        adminUrl: loopback(adminPort),
      })),
  }));
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
