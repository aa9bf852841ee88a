import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pino } from "pino";
import { RuntimeNode } from "#runtime/node.ts";
import type { FakeControlPlane } from "./fake-control-plane.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

export interface TestFolder {
  readonly home: string;
  readonly tokenFile: string;
  readonly secrets: string;
  remove(): Promise<void>;
}

export async function makeTestFolder(controlPlane: FakeControlPlane): Promise<TestFolder> {
  const root = await mkdtemp(join(tmpdir(), "showrunner-node-"));
  const tokenFile = join(root, "token");
  await writeFile(tokenFile, `${controlPlane.token}\n`);
  return {
    home: join(root, "home"),
    tokenFile,
    secrets: join(root, "secrets"),
    // The compiler of a node that was killed may still be writing its last file.
    remove: async () => rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}

/** A node in this process. */
export async function startNode(controlPlane: FakeControlPlane, folder: TestFolder): Promise<RuntimeNode> {
  const config = {
    node: "node-1",
    region: "eu-west-1",
    controlPlaneUrl: controlPlane.url,
    registrationTokenFile: folder.tokenFile,
    home: folder.home,
    host: "127.0.0.1",
    gatewayPort: 0,
    adminPort: 0,
    secretsFolder: folder.secrets,
    logLevel: "silent",
    removePctMax: 20,
    workers: 1,
    workerMemoryMb: 1536,
  };
  return RuntimeNode.start(config, {
    logger: pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
    nowMs: Date.now,
    random: Math.random,
  });
}

const SAID_LENGTH_MAX = 10_000;

export interface NodeProcess {
  readonly child: ChildProcess;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
  /** Signals and waits for the exit code; null when killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A node as it runs in production; `env` goes over what tests usually set. */
export async function spawnNode(
  controlPlaneUrl: string,
  folder: TestFolder,
  env: Readonly<Record<string, string>> = {},
): Promise<NodeProcess> {
  const child = spawn(process.execPath, ["--no-node-snapshot", "runtime/main.ts"], {
    cwd: REPOSITORY,
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_ID: "node-1",
      REGION: "eu-west-1",
      CONTROL_PLANE_URL: controlPlaneUrl,
      REGISTRATION_TOKEN_FILE: folder.tokenFile,
      NODE_HOME: folder.home,
      GATEWAY_PORT: "0",
      ADMIN_PORT: "0",
      LOG_LEVEL: "error",
      ...env,
    },
    // Not inherited: Jest ends a test whose stderr tells of V8 out of memory, as a worker's last words do.
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-SAID_LENGTH_MAX);
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const failure = exited.then((code) => {
    throw new Error(`the node ended with ${code} before it was ready: ${said}`);
  });
  const ready = once(createInterface({ input: child.stdout }), "line");
  const [line] = await Promise.race([ready, failure]);
  failure.catch(() => {});
  const [, , , gatewayUrl = "", adminUrl = ""] = String(line).split(" ");
  return {
    child,
    gatewayUrl,
    adminUrl,
    end: async (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

/** Asks again until it holds; the test's own time-out is the limit. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
}
