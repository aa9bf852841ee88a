import { readFileSync } from "node:fs";

/** The one GitHub App that is installed everywhere. */
export type AppOptions = {
  appId: number;
  slug: string;
  /** PEM; the public half, which checks the app's tokens, is derived from it. */
  privateKey: string;
  webhookUrl: string;
  webhookSecret: string;
  /** Permission name to `read` or `write`, as in `app.yml`. */
  permissions: Record<string, string>;
  events: string[];
};

export type UserOptions = {
  login: string;
  name?: string;
  /** Commits with this address are shown as this user's. */
  email?: string;
  token: string;
  admin: boolean;
};

/** What to do where an answer or a webhook does not fit GitHub's description. */
export type ValidateMode = "off" | "record" | "throw";

export type LocalGithubOptions = {
  /** State directory: `repos/<owner>/<name>.git` and `github.sqlite`. */
  home: string;
  port: number;
  host?: string;
  app: AppOptions;
  users: readonly UserOptions[];
  validate?: ValidateMode;
  /** Where logs go: a pino level, `silent` in tests. */
  logLevel?: string;
  /** Epoch milliseconds; the system's clock unless a test has one of its own. */
  now?: () => number;
};

/** Reads the process's configuration. Throws an error that names the variable which is missing or wrong. */
export function optionsFromEnvironment(env: NodeJS.ProcessEnv): LocalGithubOptions {
  const port = Number(required(env, "LOCAL_GITHUB_PORT"));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("LOCAL_GITHUB_PORT must be a port");
  return {
    home: required(env, "LOCAL_GITHUB_HOME"),
    port,
    host: env["LOCAL_GITHUB_HOST"] ?? "127.0.0.1",
    app: parseApp(readJson(env, "LOCAL_GITHUB_APP")),
    users: parseUsers(readJson(env, "LOCAL_GITHUB_USERS")),
    validate: env["LOCAL_GITHUB_VALIDATE"] === "1" ? "record" : "off",
    logLevel: env["LOG_LEVEL"] ?? "info",
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new Error(`set ${name}`);
  return value;
}

function readJson(env: NodeJS.ProcessEnv, name: string): unknown {
  const file = required(env, name);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${name} must name a readable JSON file`, { cause: error });
  }
}

function parseApp(value: unknown): AppOptions {
  const fields = record(value, "LOCAL_GITHUB_APP");
  const events = fields["events"];
  if (!Array.isArray(events)) throw new Error("LOCAL_GITHUB_APP: events must be a list");
  const webhookUrl = text(fields, "webhookUrl", "LOCAL_GITHUB_APP");
  if (!URL.canParse(webhookUrl)) throw new Error("LOCAL_GITHUB_APP: webhookUrl must be an address");
  return {
    appId: Number(fields["appId"]),
    slug: text(fields, "slug", "LOCAL_GITHUB_APP"),
    privateKey: text(fields, "privateKey", "LOCAL_GITHUB_APP"),
    webhookUrl,
    webhookSecret: text(fields, "webhookSecret", "LOCAL_GITHUB_APP"),
    permissions: Object.fromEntries(
      Object.entries(record(fields["permissions"], "LOCAL_GITHUB_APP: permissions")).map(([name, level]) => [
        name,
        String(level),
      ]),
    ),
    events: events.map(String),
  };
}

function parseUsers(value: unknown): UserOptions[] {
  if (!Array.isArray(value)) throw new Error("LOCAL_GITHUB_USERS must hold a list");
  return value.map((item: unknown) => {
    const fields = record(item, "LOCAL_GITHUB_USERS");
    const { name, email } = fields;
    return {
      login: text(fields, "login", "LOCAL_GITHUB_USERS"),
      token: text(fields, "token", "LOCAL_GITHUB_USERS"),
      admin: fields["admin"] === true,
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof email === "string" ? { email } : {}),
    };
  });
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`${where} must be an object`);
  return { ...value };
}

function text(fields: Record<string, unknown>, name: string, where: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new Error(`${where}: ${name} must be a text`);
  return value;
}
