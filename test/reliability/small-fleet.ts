import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Overview } from "#app/api/overview.ts";
import { copyOpenedStore } from "../adapters/store/store-template.ts";
import { type Bench, startBench } from "../local-github/harness.ts";
import { freePort } from "../local/free-port.ts";
import { eventually } from "../e2e/eventually.ts";
import { FaultProxy } from "./fault-proxy.ts";

const ROOT = join(import.meta.dirname, "../..");
const SECRET = "hush";

export interface NodePlace {
  readonly id: string;
  readonly region: string;
}

export interface SmallFleetOptions {
  readonly nodes: readonly NodePlace[];
  /** Text of fleet.yaml. */
  readonly fleet: string;
  /** Where scripts' libraries come from; nowhere by default. */
  readonly registryUrl?: string;
}

/** A script whose answer is `word`; its bakes are short. */
export function scriptFiles(name: string, word: string, rollout = ""): Record<string, string> {
  return {
    "showrunner.yaml": `kind: Script
name: ${name}
owner: team-art
entry: index.js
rollout:
  bake: { min: 1s, max: 2s, minRequests: 0, onTooLittleData: proceed }
${rollout}`,
    "index.js": `export default { fetch: () => new Response(${JSON.stringify(word)}) };\n`,
  };
}

/**
 * The real processes at their smallest: a local GitHub in this process, the control plane and each node as processes of
 * their own, and proxies on the two roads between them, on which tests break things.
 */
export class SmallFleet {
  readonly home = mkdtempSync(join(tmpdir(), "showrunner-small-"));
  readonly #options: SmallFleetOptions;
  readonly #processes = new Map<string, ChildProcess>();
  readonly #gateways = new Map<string, string>();
  /** By region: the road from its nodes to the control plane. */
  readonly roads = new Map<string, FaultProxy>();
  bench!: Bench;
  /** The road from the control plane to GitHub. */
  github!: FaultProxy;
  controlPlaneUrl = "";
  /** What the control plane wrote to stderr. */
  log = "";

  private constructor(options: SmallFleetOptions) {
    this.#options = options;
  }

  static async start(options: SmallFleetOptions): Promise<SmallFleet> {
    const fleet = new SmallFleet(options);
    const port = await freePort();
    fleet.controlPlaneUrl = `http://127.0.0.1:${port}`;
    fleet.bench = await startBench({
      app: { webhookUrl: `${fleet.controlPlaneUrl}/api/github/webhooks`, webhookSecret: SECRET },
    });
    fleet.github = await FaultProxy.start(fleet.bench.url);
    await fleet.bench.repository("acme", "fleet", { "fleet.yaml": options.fleet });
    const tokens = join(fleet.home, "registration");
    mkdirSync(tokens);
    for (const region of new Set(options.nodes.map((node) => node.region))) {
      writeFileSync(join(tokens, region), `token-of-${region}-0123456789\n`);
      fleet.roads.set(region, await FaultProxy.start(fleet.controlPlaneUrl));
    }
    await copyOpenedStore(join(fleet.home, "control-plane", "store"));
    await fleet.startControlPlane();
    await Promise.all(options.nodes.map((node) => fleet.startNode(node.id)));
    return fleet;
  }

  async startControlPlane(): Promise<void> {
    const { bench } = this;
    await this.#run("control-plane", ["src/main.ts"], "control-plane ready", {
      PORT: new URL(this.controlPlaneUrl).port,
      SHOWRUNNER_HOME: join(this.home, "control-plane"),
      APP_ID: String(bench.options.app.appId),
      PRIVATE_KEY: bench.options.app.privateKey,
      WEBHOOK_SECRET: SECRET,
      GHE_HOST: this.github.host,
      GHE_PROTOCOL: "http",
      FLEET_REPO: "acme/fleet",
      REGISTRY_URL: this.#options.registryUrl ?? "http://127.0.0.1:9",
      REGISTRATION_TOKENS_DIR: join(this.home, "registration"),
      SHOWRUNNER_TOKEN_FILE: this.#tokenFile(),
      SHOWRUNNER_API_PACING: "off",
    });
  }

  /** `env` goes to this start of the node's process, such as `{ FAKETIME: "+2h" }`. */
  async startNode(id: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const place = this.#options.nodes.find((node) => node.id === id);
    if (!place) throw new Error(`no node ${id}`);
    const gatewayPort = Number(this.#gateways.get(id)?.split(":").at(-1) ?? (await freePort()));
    this.#gateways.set(id, `http://127.0.0.1:${gatewayPort}`);
    await this.#run(id, ["--no-node-snapshot", "runtime/main.ts"], "node ready", {
      NODE_ID: id,
      REGION: place.region,
      CONTROL_PLANE_URL: this.roads.get(place.region)?.url ?? "",
      REGISTRATION_TOKEN_FILE: join(this.home, "registration", place.region),
      NODE_HOME: this.nodeHome(id),
      GATEWAY_PORT: String(gatewayPort),
      ADMIN_PORT: "0",
      ...env,
    });
  }

  /** An API call with the token; what it answers. */
  async api<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.controlPlaneUrl}${path}`, {
      method,
      headers: { authorization: "Bearer token-of-the-api-0123456789", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const parsed: T = JSON.parse(await answer.text());
    return parsed;
  }

  /** Where a node answers requests. */
  gatewayOf(id: string): string {
    return this.#gateways.get(id) ?? "";
  }

  nodeHome(id: string): string {
    return join(this.home, "nodes", id);
  }

  /** Ends a process at once, and waits until it is gone. */
  async kill(name: string): Promise<void> {
    const child = this.#processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  isRunning(name: string): boolean {
    const child = this.#processes.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Puts files on `main` of a script's repository, which is made first where there is none; the commit. */
  async push(name: string, files: Record<string, string>, message = "change"): Promise<string> {
    const clone = join(this.bench.folder, `acme-${name}`);
    const isNew = (await this.bench.api("GET", `/repos/acme/${name}`)).status === 404;
    if (isNew) await this.bench.repository("acme", name, files);
    else {
      await this.bench.commit(clone, files, message);
      await this.bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/main");
    }
    return this.bench.git(clone, "rev-parse", "HEAD");
  }

  /** What a node answers; "none" while it does not. */
  async ask(id: string, path: string): Promise<string> {
    const answer = await fetch(`${this.#gateways.get(id)}${path}`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => null);
    return answer?.ok === true ? answer.text() : `none (${answer?.status ?? "no answer"})`;
  }

  /** Waits until all of these nodes give this answer. */
  async serve(
    path: string,
    word: string,
    timeoutMs: number,
    ids: readonly string[] = this.#options.nodes.map((node) => node.id),
  ): Promise<void> {
    await eventually(`${ids.join(", ")} answer ${path} with "${word}"`, timeoutMs, async () => {
      const answers = await Promise.all(ids.map((id) => this.ask(id, path)));
      return answers.every((answer) => answer === word) ? true : null;
    });
  }

  /** What the API says of the fleet. */
  async overview(): Promise<Overview> {
    const seen: Overview = await (await fetch(`${this.controlPlaneUrl}/api/overview`)).json();
    return seen;
  }

  async close(): Promise<void> {
    for (const name of this.#processes.keys()) await this.kill(name);
    for (const road of this.roads.values()) await road.close();
    await this.github?.close();
    await this.bench?.close();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #tokenFile(): string {
    const file = join(this.home, "token");
    writeFileSync(file, "token-of-the-api-0123456789\n", { mode: 0o600 });
    return file;
  }

  async #run(name: string, args: readonly string[], readyLine: string, env: object): Promise<void> {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"],
        HOME: this.home,
        LOG_LEVEL: "warn",
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#processes.set(name, child);
    let out = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      this.log = `${this.log}${chunk}`.slice(-200_000);
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        out += chunk;
        if (out.includes(readyLine)) resolve();
      });
      child.once("exit", (code) =>
        reject(new Error(`${name} ended with ${code}\n${out}\n${this.log.slice(-4000)}`)),
      );
    });
  }
}
