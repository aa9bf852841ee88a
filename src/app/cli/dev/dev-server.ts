import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadSigner } from "#adapters/bundles/signing.ts";
import type { NodeReport } from "#schemas/types.ts";
import { DevControlPlane, DEV_REGION } from "./dev-control-plane.ts";
import { DevGateway, type Refusal } from "./dev-gateway.ts";
import { readNodeLog, type DevLog } from "./dev-log.ts";
import { DevNode } from "./dev-node.ts";
import { DevScripts } from "./dev-scripts.ts";

// A request for a script that is being reloaded waits for it, but not for one that never comes up.
const WAIT_MS_MAX = 5000;
/** Scripts that start slowly do not hold the first line back for longer. */
const READY_MS_MAX = 500;

export interface DevServerOptions {
  /** Absolute. */
  readonly folder: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: DevLog;
}

/** A folder of scripts on the real runtime: what `showrunner dev` runs. */
export class DevServer {
  readonly url: string;
  readonly #parts: { readonly stop: () => Promise<void> };

  private constructor(url: string, parts: { readonly stop: () => Promise<void> }) {
    this.url = url;
    this.#parts = parts;
  }

  /** Settles when every script serves or has said why not, or after a moment. Rejects when the port is taken. */
  static async start({ folder, port, env, log }: DevServerOptions): Promise<DevServer> {
    const home = await mkdtemp(path.join(tmpdir(), "showrunner-dev-"));
    let upstream: URL | null = null;
    const gateway = new DevGateway({
      upstream: () => upstream,
      admit: async (requestPath) => admit(scripts, requestPath),
      onAnswered: (answered) => {
        log.request(answered);
      },
    });
    const controlPlane = new DevControlPlane(await loadSigner({ key: null, dir: home }), (report) => {
      tellProblems(report, log, told);
      scripts.takeReport(report);
    });
    const scripts = new DevScripts({ root: await realpath(folder), log, controlPlane });
    const told = new Set<string>();
    try {
      gateway.server.listen(port, "127.0.0.1");
      await once(gateway.server, "listening");
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
    const tokenFile = path.join(home, "token");
    await writeFile(tokenFile, controlPlane.token, { mode: 0o600 });
    const node = new DevNode({
      controlPlaneUrl: await controlPlane.listen(),
      region: DEV_REGION,
      tokenFile,
      home: path.join(home, "node"),
      env,
      onLogLine: (line) => {
        const read = readNodeLog(line);
        if (read !== null) log.script(read.script, read.level, scripts.translate(read.text));
      },
      onReady: (gatewayUrl) => {
        upstream = new URL(gatewayUrl);
      },
      onExit: () => {
        upstream = null;
      },
    });
    node.start();
    await scripts.start();
    await scripts.settled(READY_MS_MAX);
    const address = gateway.server.address();
    const listening = address !== null && typeof address === "object" ? address.port : port;
    return new DevServer(`http://127.0.0.1:${listening}`, {
      stop: async () => {
        gateway.close();
        await Promise.all([scripts.close(), node.stop()]);
        controlPlane.close();
        await rm(home, { recursive: true, force: true });
      },
    });
  }

  async stop(): Promise<void> {
    await this.#parts.stop();
  }
}

async function admit(scripts: DevScripts, requestPath: string): Promise<Refusal | null> {
  if (requestPath === "/healthz" || requestPath.startsWith("/_showrunner/")) return null;
  const found = await scripts.find(requestPath, WAIT_MS_MAX);
  if (found === null) {
    const routes = scripts.routes();
    const message = `No script serves this path. Routes: ${routes.slice(0, 50).join(", ") || "none yet"}`;
    return { status: 404, code: "not_found", message, script: null };
  }
  return found.refusal;
}

/** Each problem of the node once. */
function tellProblems(report: NodeReport, log: DevLog, told: Set<string>): void {
  for (const { code, message } of report.problems) {
    const text = `${code}: ${message}`;
    // Failing scripts have lines of their own.
    if (told.has(text) || FAILURES.has(code)) continue;
    told.add(text);
    log.bad(text);
  }
}

const FAILURES = new Set([
  "compile_failed",
  "start_failed",
  "no_fetch_handler",
  "memory_exceeded",
  "warmup_failed",
  "warmup_timeout",
]);
