import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { measuredRun, type MeasuredRun } from "./measured-run.ts";

export const RENOVATE_VERSION = "44.121.2";

const run = promisify(execFile);

export interface RenovateOrder {
  /** Of the REST API. */
  readonly api: string;
  readonly token: string;
  readonly registryUrl: string;
  readonly library: string;
  readonly repositories: readonly string[];
  /** A folder of the round's own. */
  readonly home: string;
}

/** Puts Renovate into a folder of its own beside the system's temporary files, once a machine. Its program's path. */
export async function installRenovate(log: (text: string) => void): Promise<string> {
  const folder = join(tmpdir(), `showrunner-bench-renovate-${RENOVATE_VERSION}`);
  const program = join(folder, "node_modules/renovate/dist/renovate.js");
  if (existsSync(program)) return program;
  log(`installing Renovate ${RENOVATE_VERSION} into ${folder}; that takes a minute`);
  await mkdir(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  try {
    await run("npm", ["install", ...flags, `renovate@${RENOVATE_VERSION}`], { maxBuffer: 64 * 1024 ** 2 });
  } catch (error) {
    // Half of it would be taken for all of it the next time.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return program;
}

/** One run over all repositories, told to do what `campaign apply` does: one library, no limits, no notes fetched. */
export async function runRenovate(program: string, order: RenovateOrder): Promise<MeasuredRun> {
  const { home, api, token, registryUrl, library, repositories } = order;
  const config = {
    platform: "github",
    endpoint: `${api}/`,
    token,
    gitAuthor: "Renovate <bot@example.com>",
    onboarding: false,
    requireConfig: "optional",
    repositories,
    enabledManagers: ["npm"],
    npmrc: `registry=${registryUrl}/`,
    rangeStrategy: "bump",
    prHourlyLimit: 0,
    prConcurrentLimit: 0,
    branchConcurrentLimit: 0,
    dependencyDashboard: false,
    fetchChangeLogs: "off",
    binarySource: "global",
    baseDir: join(home, "renovate"),
    packageRules: [
      { matchPackageNames: ["*"], enabled: false },
      { matchPackageNames: [library], enabled: true },
    ],
  };
  await mkdir(config.baseDir, { recursive: true });
  const file = join(home, "renovate.json");
  await writeFile(file, JSON.stringify(config));
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, LOG_LEVEL: "error", RENOVATE_CONFIG_FILE: file };
  return measuredRun([process.execPath, program], env, home);
}
