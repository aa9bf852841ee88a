import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BenchForge } from "../campaign/bench-forge.ts";
import { onCore, SERVER_CORE } from "../cores.ts";
import { stopChild } from "../servers/stop-child.ts";

/** A child process of a benchmark. */
export interface ServerChild {
  /** The first line that it printed. */
  readonly line: string;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "../../..");

/** The registration token of a benchmark's region. */
export function regionToken(region: string): string {
  return `token-of-${region}-0123456789`;
}

/** The environment of a control plane over a forge, all of its state in `home`. Port 0 is a free one. */
export function controlPlaneEnvironment(
  home: string,
  forge: BenchForge,
  regions: readonly string[],
): Record<string, string> {
  const tokens = join(home, "registration");
  mkdirSync(tokens, { recursive: true });
  for (const region of regions) writeFileSync(join(tokens, region), regionToken(region));
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    PORT: "0",
    SHOWRUNNER_HOME: join(home, "control-plane"),
    APP_ID: String(forge.app.id),
    PRIVATE_KEY: forge.app.privateKey,
    WEBHOOK_SECRET: forge.app.webhookSecret,
    GHE_HOST: new URL(forge.origin).host,
    GHE_PROTOCOL: "http",
    FLEET_REPO: "acme/fleet",
    REGISTRY_URL: "http://127.0.0.1:9",
    REGISTRATION_TOKENS_DIR: tokens,
    SHOWRUNNER_TOKEN: "token-of-the-api-0123456789",
    SHOWRUNNER_API_PACING: "off",
    LOG_LEVEL: "error",
  };
}

type Place = (command: readonly [string, ...string[]]) => [string, ...string[]];

/** Starts the control plane's own process; `line` ends with its address. */
export function startControlPlane(
  environment: Readonly<Record<string, string>>,
  place: Place = onServerCore,
  onStart: (pid: number) => void = () => undefined,
): Promise<ServerChild> {
  return startChild([join(ROOT, "src/main.ts")], environment, place, onStart);
}

/** Held to the server's core, with all that it starts. */
export const onServerCore: Place = (command) => onCore(SERVER_CORE, command);

/** Starts Node, and waits for its first line. */
export async function startChild(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  place: Place,
  onStart: (pid: number) => void,
): Promise<ServerChild> {
  const [command, ...rest] = place([process.execPath, "--disable-warning=ExperimentalWarning", ...args]);
  const child: ChildProcess = spawn(command, rest, {
    cwd: ROOT,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null || child.pid === undefined) throw new Error("the child did not start");
  onStart(child.pid);
  const [line]: string[] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${args[0]} ended with ${code}`))),
  ]);
  return { line: line ?? "", stop: () => stopChild(child) };
}
