import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Person } from "./secrets.ts";

const GIT_TIMEOUT_MS = 60_000;

/** A clone that lives for a moment, used as a person at a keyboard would: with plain git over HTTP. */
export interface Clone {
  readonly folder: string;
  /** Copies the contents of a folder over the clone's files. */
  copyIn(source: string): void;
  /** Commits all changes; the id of the new commit. */
  commit(message: string): Promise<string>;
  switchToNew(branch: string): Promise<void>;
  push(branch: string): Promise<void>;
  dispose(): void;
}

/**
 * Clones `url` as `person` into a new folder under `clones`. Nothing of this machine's git configuration has a say.
 * Ends early when `signal` fires.
 */
export async function cloneAs(
  person: Person,
  url: string,
  clones: string,
  signal: AbortSignal,
): Promise<Clone> {
  const parent = mkdtempSync(join(clones, "clone-"));
  const folder = join(parent, "clone");
  const dispose = (): void => rmSync(parent, { recursive: true, force: true });
  const run = async (cwd: string, ...args: string[]): Promise<string> => await git(person, cwd, args, signal);
  try {
    await run(parent, "-c", "init.defaultBranch=main", "clone", "--quiet", url, folder);
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    folder,
    copyIn: (source) => cpSync(source, folder, { recursive: true }),
    commit: async (message) => {
      await run(folder, "add", "--all");
      await run(folder, "commit", "--quiet", "--message", message);
      return await run(folder, "rev-parse", "HEAD");
    },
    switchToNew: async (branch) => {
      await run(folder, "switch", "--quiet", "--create", branch);
    },
    push: async (branch) => {
      await run(folder, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    },
    dispose,
  };
}

async function git(
  person: Person,
  cwd: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const options = { cwd, env: gitEnvironment(person), signal, timeout: GIT_TIMEOUT_MS };
  return await new Promise((resolve, reject) => {
    execFile("git", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`git ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}

/** The token travels in the environment, where `ps` does not show it. */
function gitEnvironment(person: Person): NodeJS.ProcessEnv {
  const credentials = Buffer.from(`${person.login}:${person.token}`).toString("base64");
  return {
    PATH: process.env["PATH"],
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
  };
}
