import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loopback } from "#local/parts.ts";
import { copyOpenedStore } from "../adapters/store/store-template.ts";
import { portLayout, type Region } from "#local/ports.ts";

export interface StartPlatformOptions {
  /** The first of the platform's ports. */
  readonly port: number;
  /** Its SHOWRUNNER_HOME; the caller removes it. */
  readonly home: string;
  readonly tour: boolean;
  /** Whether its store was opened once before, which saves seconds of both cores; a first start opens its own. */
  readonly store: "opened" | "new";
  /** More environment, such as DATABASE_URL. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resolve only when the platform is usable (default), or already when the process exists. */
  readonly until?: "usable" | "spawned";
}

/** The names of the processes that can be killed alone. */
type PartName =
  "supervisor" | "github" | "registry" | "control-plane" | "balancer" | "traffic" | `${Region}-${"a" | "b"}`;

export interface RunningPlatform {
  readonly pid: number;
  readonly urls: {
    readonly dashboard: string;
    readonly github: string;
    readonly registry: string;
    readonly gateways: Readonly<Record<Region, string>>;
    /** By node id. */
    readonly admins: Readonly<Record<string, string>>;
  };
  /** All that was printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Waits for a line on stdout; throws, with all output, when the platform ends or the time is over before. */
  line(pattern: RegExp, timeoutMs: number): Promise<string>;
  /** Of a person on the local GitHub (operator, maya, jonas), or of the API ("api"). */
  token(whose: "operator" | "maya" | "jonas" | "api"): string;
  pidOf(name: PartName): number;
  /** Sends a signal to one process alone; the supervisor starts it again. */
  kill(name: PartName, signal?: NodeJS.Signals): void;
  /** Asks the platform to end, as Ctrl-C does; its exit code, or the signal it died of. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const ROOT = join(import.meta.dirname, "../..");
const USABLE_TIMEOUT_MS = 300_000;

/** Runs `npm start`'s program as a child of the test. */
export async function startPlatform(options: StartPlatformOptions): Promise<RunningPlatform> {
  if (options.store === "opened") await copyOpenedStore(join(options.home, "store"));
  const child = spawn(process.execPath, ["src/local/main.ts"], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      PORT: String(options.port),
      SHOWRUNNER_HOME: options.home,
      SHOWRUNNER_TOUR: options.tour ? "on" : "off",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  let end: number | NodeJS.Signals | null = null;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => {
      end = signal ?? code ?? 1;
      resolve(end);
    });
  });
  const pidOf = (name: PartName): number =>
    Number(readFileSync(join(options.home, "run", `${name}.pid`), "utf8"));
  const line = async (pattern: RegExp, timeoutMs: number): Promise<string> => {
    const endsAtMs = Date.now() + timeoutMs;
    for (;;) {
      const found = stdout
        .split("\n")
        .slice(0, -1)
        .find((text) => pattern.test(text));
      if (found !== undefined) return found;
      if (end !== null || Date.now() > endsAtMs) {
        const why = end === null ? `in ${timeoutMs} ms` : `before the platform ended with ${end}`;
        throw new Error(`no line ${String(pattern)} ${why}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  };
  const platform: RunningPlatform = {
    pid: child.pid ?? 0,
    urls: urlsFrom(options.port),
    output: () => ({ stdout, stderr }),
    line,
    token: (whose) =>
      readFileSync(join(options.home, whose === "api" ? "token" : `keys/${whose}.token`), "utf8").trim(),
    pidOf,
    kill: (name, signal = "SIGKILL") => {
      process.kill(pidOf(name), signal);
    },
    stop: async (signal = "SIGTERM") => {
      if (end === null) child.kill(signal);
      return await ended;
    },
  };
  if (options.until !== "spawned") {
    try {
      await line(/^showrunner ready /, USABLE_TIMEOUT_MS);
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }
  return platform;
}

function urlsFrom(port: number): RunningPlatform["urls"] {
  const outcome = portLayout(String(port));
  if (!outcome.ok) throw new Error(outcome.message);
  const { layout } = outcome;
  const [first, second, third] = layout.gateways;
  return {
    dashboard: loopback(layout.dashboard),
    github: loopback(layout.github),
    registry: loopback(layout.registry),
    gateways: {
      "eu-west-1": loopback(first!.port),
      "us-east-1": loopback(second!.port),
      "us-west-2": loopback(third!.port),
    },
    admins: Object.fromEntries(layout.nodes.map(({ id, adminPort }) => [id, loopback(adminPort)])),
  };
}
