import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));
const PRELOAD = fileURLToPath(new URL("end-with-parent.ts", import.meta.url));
const STOP_MS_MAX = 4500;
const RESTART_AFTER_MS = 500;

export interface DevNodeOptions {
  readonly controlPlaneUrl: string;
  readonly region: string;
  readonly tokenFile: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onLogLine: (line: string) => void;
  /** The URL of its gateway, each time that it starts. */
  readonly onReady: (gatewayUrl: string) => void;
  readonly onExit: () => void;
}

/** The runtime, as it runs in production, in a process of its own; started again should it ever end. */
export class DevNode {
  readonly #options: DevNodeOptions;
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: DevNodeOptions) {
    this.#options = options;
  }

  start(): void {
    const { controlPlaneUrl, region, tokenFile, home, env } = this.#options;
    const args = ["--no-node-snapshot", "--disable-warning=ExperimentalWarning", "--import", PRELOAD];
    const child = spawn(process.execPath, [...args, path.join("runtime", "main.ts")], {
      cwd: REPOSITORY,
      // A group of its own, so that Ctrl-C reaches the command alone, which then stops the node in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: env["PATH"] ?? "",
        ...(env["SECRETS_DIR"] === undefined ? {} : { SECRETS_DIR: env["SECRETS_DIR"] }),
        ...(env["NODE_COMPILE_CACHE"] === undefined ? {} : { NODE_COMPILE_CACHE: env["NODE_COMPILE_CACHE"] }),
        NODE_ID: "dev",
        REGION: region,
        CONTROL_PLANE_URL: controlPlaneUrl,
        REGISTRATION_TOKEN_FILE: tokenFile,
        NODE_HOME: home,
        GATEWAY_PORT: "0",
        ADMIN_PORT: "0",
        LOG_LEVEL: "info",
        // A developer may delete any file at any time.
        REMOVE_PCT_MAX: "100",
      },
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const gatewayUrl = /^node ready \S+ (\S+)/.exec(line)?.[1];
      if (gatewayUrl !== undefined) this.#options.onReady(gatewayUrl);
    });
    createInterface({ input: child.stderr }).on("line", this.#options.onLogLine);
    child.on("error", (error) => {
      this.#options.onLogLine(`the runtime did not start: ${error.message}`);
    });
    child.on("exit", () => {
      this.#child = null;
      this.#options.onExit();
      if (this.#isStopping) return;
      this.#restart = setTimeout(() => {
        this.start();
      }, RESTART_AFTER_MS);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        killGroup(child);
      }, STOP_MS_MAX);
      child.on("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill("SIGTERM");
    });
    killGroup(child);
  }
}

/** Whatever the node left behind goes with it. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing was left.
  }
}
