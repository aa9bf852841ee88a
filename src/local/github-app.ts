import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The part of `app.yml` that the local GitHub installs the app with. */
export interface GithubApp {
  readonly slug: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

/** Reads a GitHub App manifest. Throws an error that names what is missing. */
export function readGithubApp(path: string): GithubApp {
  const manifest: unknown = parse(readFileSync(path, "utf8"));
  if (!isRecord(manifest)) throw new Error(`${path} must hold a mapping`);
  const { name, default_permissions: permissions, default_events: events } = manifest;
  if (typeof name !== "string") throw new Error(`${path}: name must be a text`);
  if (!isRecord(permissions)) throw new Error(`${path}: default_permissions must be a mapping`);
  if (!Array.isArray(events)) throw new Error(`${path}: default_events must be a list`);
  return {
    slug: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    permissions: Object.fromEntries(Object.entries(permissions).map(([key, level]) => [key, String(level)])),
    events: events.map(String),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
