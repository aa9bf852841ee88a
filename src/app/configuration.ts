import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type NotifySecrets, notifySecrets } from "#adapters/notify/notify-secrets.ts";

/** What the control plane is told by its environment. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** All local state. */
  readonly home: string;
  readonly databaseUrl: string | null;
  /** owner/name. */
  readonly fleetRepository: string;
  readonly signingKey: string | null;
  readonly github: {
    readonly appId: number;
    readonly privateKey: string;
    readonly webhookSecret: string;
    /** null is github.com. */
    readonly apiUrl: string | null;
    /** Where its pages are. */
    readonly webUrl: string;
    readonly pacing: "polite" | "unpaced";
  };
  readonly registryUrl: string;
  /** By region. */
  readonly registrationTokens: ReadonlyMap<string, string>;
  readonly apiToken: string;
  /** Where people reach the dashboard. */
  readonly publicUrl: string | null;
  /** The Prometheus server that answers the queries of manifests. */
  readonly prometheusUrl: string | null;
  /** Where canary runs are measured. */
  readonly metricsFrom: { readonly kind: "reports" } | { readonly kind: "prometheus"; readonly url: string };
  readonly logLevel: string;
  readonly notify: {
    /** "host:port" of receivers of notices that may be reached though they are not public, or not by https. */
    readonly allowed: ReadonlySet<string>;
    /** Secrets that fleet.yaml names. */
    readonly secrets: NotifySecrets;
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment once. Throws one error that names everything that is missing or wrong. */
export function readConfiguration(env: Environment): Configuration {
  const wrong: string[] = [];
  const required = (name: string): string => {
    const value = env[name];
    if (!value) wrong.push(`${name} is not set`);
    return value ?? "";
  };
  const integer = (name: string, fallback: string | undefined): number => {
    const text = env[name] ?? fallback ?? required(name);
    if (!/^\d+$/.test(text)) wrong.push(`${name} must be a whole number, not "${text}"`);
    return Number(text);
  };
  const home = env["SHOWRUNNER_HOME"] ?? ".showrunner";
  const gheHost = env["GHE_HOST"];
  const gheUrl = gheHost === undefined ? null : `${env["GHE_PROTOCOL"] ?? "https"}://${gheHost}`;
  const configuration: Configuration = {
    port: integer("PORT", "4400"),
    host: env["HOST"] ?? "127.0.0.1",
    home,
    databaseUrl: env["DATABASE_URL"] ?? null,
    fleetRepository: required("FLEET_REPO"),
    signingKey: env["SHOWRUNNER_SIGNING_KEY"] ?? null,
    github: {
      appId: integer("APP_ID", undefined),
      privateKey: required("PRIVATE_KEY"),
      webhookSecret: required("WEBHOOK_SECRET"),
      apiUrl: gheUrl === null ? null : `${gheUrl}/api/v3`,
      webUrl: gheUrl ?? "https://github.com",
      pacing: env["SHOWRUNNER_API_PACING"] === "off" ? "unpaced" : "polite",
    },
    registryUrl: required("REGISTRY_URL"),
    registrationTokens: tokensIn(required("REGISTRATION_TOKENS_DIR"), wrong),
    apiToken: env["SHOWRUNNER_TOKEN"] ?? fileText(required("SHOWRUNNER_TOKEN_FILE"), wrong),
    publicUrl: env["PUBLIC_URL"] ?? null,
    prometheusUrl: env["PROMETHEUS_URL"] ?? null,
    metricsFrom: metricsFrom(env, wrong),
    logLevel: env["LOG_LEVEL"] ?? "info",
    notify: {
      allowed: new Set(
        (env["SHOWRUNNER_NOTIFY_ALLOW"] ?? "").split(/[\s,]+/).filter((place) => place !== ""),
      ),
      secrets: notifySecrets(env, env["SECRETS_DIR"] ?? null),
    },
  };
  if (!/^[^/]+\/[^/]+$/.test(configuration.fleetRepository)) wrong.push("FLEET_REPO must be owner/name");
  if (wrong.length > 0)
    throw new Error(`The control plane cannot start:\n${wrong.map((line) => `  ${line}`).join("\n")}`);
  return configuration;
}

function metricsFrom(env: Environment, wrong: string[]): Configuration["metricsFrom"] {
  const name = env["CANARY_METRICS"] ?? "reports";
  const url = env["PROMETHEUS_URL"];
  if (name === "prometheus" && url) return { kind: "prometheus", url };
  if (name === "prometheus") wrong.push("CANARY_METRICS is prometheus, but PROMETHEUS_URL is not set");
  else if (name !== "reports") wrong.push(`CANARY_METRICS must be reports or prometheus, not "${name}"`);
  return { kind: "reports" };
}

/** One file a region, named after it. */
function tokensIn(folder: string, wrong: string[]): ReadonlyMap<string, string> {
  if (folder === "") return new Map();
  try {
    return new Map(readdirSync(folder).map((region) => [region, fileText(join(folder, region), wrong)]));
  } catch {
    wrong.push(`REGISTRATION_TOKENS_DIR: ${folder} cannot be read`);
    return new Map();
  }
}

function fileText(file: string, wrong: string[]): string {
  if (file === "") return "";
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    wrong.push(`${file} cannot be read`);
    return "";
  }
}
