import { resolve } from "node:path";

/** How one node is set up; all of it comes from the environment. */
export interface NodeConfig {
  readonly node: string;
  readonly region: string;
  readonly controlPlaneUrl: string;
  readonly registrationTokenFile: string;
  /** Folder of the node's own state. */
  readonly home: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly gatewayPort: number;
  readonly adminPort: number;
  readonly secretsFolder: string | null;
  readonly logLevel: string;
  /** Share of the scripts in force that one document may remove, percent. */
  readonly removePctMax: number;
  /** Worker processes; one a core is best. */
  readonly workers: number;
  /** Resident memory at which a worker is ended, MiB. */
  readonly workerMemoryMb: number;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Every problem of the environment at once, or the configuration. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly config: NodeConfig } | { readonly ok: false; readonly problems: string[] } {
  const problems: string[] = [];
  const text = (name: string, fallback?: string): string => {
    const value = env[name] || fallback;
    if (value === undefined) problems.push(`${name} is not set`);
    return value ?? "";
  };
  const number = (name: string, max: number, fallback?: string): number => {
    const value = text(name, fallback);
    if (value !== "" && !(/^\d{1,5}$/.test(value) && Number(value) <= max)) {
      problems.push(`${name} must be a whole number up to ${max}, not ${value}`);
    }
    return Number(value);
  };
  const label = (name: string): string => {
    const value = text(name);
    if (value !== "" && !NAME.test(value)) problems.push(`${name} must be a DNS-style label, not ${value}`);
    return value;
  };
  const controlPlaneUrl = text("CONTROL_PLANE_URL");
  if (controlPlaneUrl !== "" && !/^https?:$/.test(URL.parse(controlPlaneUrl)?.protocol ?? "")) {
    problems.push(`CONTROL_PLANE_URL must be an http or https URL, not ${controlPlaneUrl}`);
  }
  const logLevel = text("LOG_LEVEL", "info");
  if (!LOG_LEVELS.includes(logLevel)) problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}`);
  const config: NodeConfig = {
    node: label("NODE_ID"),
    region: label("REGION"),
    controlPlaneUrl,
    registrationTokenFile: text("REGISTRATION_TOKEN_FILE"),
    home: resolve(text("NODE_HOME")),
    host: text("HOST", "127.0.0.1"),
    gatewayPort: number("GATEWAY_PORT", 65_535),
    adminPort: number("ADMIN_PORT", 65_535),
    secretsFolder: env["SECRETS_DIR"] ? resolve(env["SECRETS_DIR"]) : null,
    logLevel,
    removePctMax: number("REMOVE_PCT_MAX", 100, "20"),
    workers: Math.max(1, number("WORKERS", 256, "1")),
    workerMemoryMb: number("WORKER_MEMORY_MB", 65_535, "1536"),
  };
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}
