import { readFile } from "node:fs/promises";
import path from "node:path";
import semver from "semver";
import { readAdvisory, type Advisory } from "#domain/campaign/osv-advisory.ts";
import { advisoryGoals, versionGoal, type UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import { CliError, type CliContext } from "./cli-context.ts";

/** The flags as they are given. */
export interface ApplyOptions {
  readonly library?: string;
  readonly to?: string;
  readonly repos: string;
  readonly api: string;
  readonly token?: string;
  readonly registry: string;
  readonly state?: string;
  readonly advisory?: string;
  readonly codemod?: string;
  readonly pacing: "auto" | "on" | "off";
  readonly json?: true;
}

export interface ApplyOrder {
  readonly goals: readonly UpgradeGoal[];
  /** Versions that must be published for the order to make sense. */
  readonly named: readonly { readonly library: string; readonly version: string }[];
  readonly repositories: readonly string[];
  readonly apiUrl: string;
  readonly token: string;
  readonly registryUrl: string;
  readonly stateFile: string | null;
  /** Below the current folder. */
  readonly codemod: string | null;
  readonly isPaced: boolean;
  /** Why there is nothing to do whatever the repositories hold; null when there may be something. */
  readonly idle: string | null;
}

const REPOSITORIES_MAX = 100_000;
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** Reads flags and files; what is wrong with them ends the command with 2. */
export async function readApplyOrder(options: ApplyOptions, context: CliContext): Promise<ApplyOrder> {
  const advisory = options.advisory === undefined ? null : await advisoryFrom(options.advisory, context);
  const version = options.to === undefined ? null : semver.valid(options.to);
  if (options.to !== undefined && version === null)
    throw new CliError(2, `--to ${options.to} is not a version.`);
  if (options.library !== undefined && !NAME.test(options.library)) {
    throw new CliError(2, `--library ${options.library} is not the name of an npm package.`);
  }
  if (options.advisory === undefined && (options.library === undefined || version === null)) {
    throw new CliError(2, "Name a library and a version (--library, --to), or an --advisory.");
  }
  const token = options.token || context.env["GITHUB_TOKEN"] || "";
  if (!/^[\u0021-\u007e]+$/.test(token))
    throw new CliError(2, "There is no usable --token, and no GITHUB_TOKEN.");
  const apiUrl = httpAddress(options.api, "--api");
  return {
    goals: goalsOf(advisory?.advisory ?? null, options.library ?? null, version),
    named: options.library !== undefined && version !== null ? [{ library: options.library, version }] : [],
    repositories: await repositoriesFrom(options.repos, context),
    apiUrl,
    token,
    registryUrl: httpAddress(options.registry, "--registry"),
    stateFile: options.state === undefined ? null : path.resolve(context.cwd, options.state),
    codemod: options.codemod === undefined ? null : codemodPath(options.codemod, context),
    isPaced: options.pacing === "on" || (options.pacing === "auto" && !isLoopback(apiUrl)),
    idle: advisory?.withdrawn === true ? "the advisory was withdrawn" : null,
  };
}

function codemodPath(file: string, { cwd }: CliContext): string {
  const inside = path.relative(cwd, path.resolve(cwd, file));
  if (inside.startsWith("..") || path.isAbsolute(inside)) {
    throw new CliError(2, `--codemod ${file} is outside the current folder.`);
  }
  return inside;
}

function goalsOf(advisory: Advisory | null, library: string | null, version: string | null): UpgradeGoal[] {
  if (advisory !== null) return advisoryGoals(advisory, library, version);
  return library === null || version === null ? [] : [versionGoal(library, version)];
}

async function advisoryFrom(
  file: string,
  context: CliContext,
): Promise<{ advisory: Advisory | null; withdrawn: boolean }> {
  const text = await textOf(file, "--advisory", context);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CliError(2, `${file} is not JSON.`);
  }
  const read = readAdvisory(value);
  if (read.kind === "invalid") throw new CliError(2, `${file} is no advisory for npm: ${read.reason}.`);
  return read.kind === "withdrawn"
    ? { advisory: null, withdrawn: true }
    : { advisory: read.advisory, withdrawn: false };
}

async function repositoriesFrom(file: string, context: CliContext): Promise<string[]> {
  const text = await textOf(file, "--repos", context);
  const found = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/#.*$/, "").trim();
    if (line === "") continue;
    if (!/^[\w.-]+\/[\w.-]+$/.test(line) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(line)) {
      throw new CliError(2, `${file}:${index + 1}: "${line}" is not owner/name.`);
    }
    if (!found.has(line.toLowerCase())) found.set(line.toLowerCase(), line);
  }
  if (found.size > REPOSITORIES_MAX)
    throw new CliError(2, `${file} holds more than ${REPOSITORIES_MAX} repositories.`);
  return [...found.values()];
}

async function textOf(file: string, flag: string, context: CliContext): Promise<string> {
  try {
    return await readFile(path.resolve(context.cwd, file), "utf8");
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "ENOENT"
        ? "there is no such file"
        : "it cannot be read";
    throw new CliError(2, `${flag} ${file}: ${reason}.`);
  }
}

function httpAddress(text: string, flag: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CliError(2, `${flag} ${text} is not an http or https address.`);
}

function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    hostname.startsWith("127.")
  );
}
