import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { Probot } from "probot";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";
import type { RunningPlatform } from "../local/start-platform.ts";

const run = promisify(execFile);

/** Plain git as any person's, with none of this machine's configuration. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    HOME: cwd,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Maya",
    GIT_AUTHOR_EMAIL: "maya@acme.example",
    GIT_COMMITTER_NAME: "Maya",
    GIT_COMMITTER_EMAIL: "maya@acme.example",
  };
  return (await run("git", args, { cwd, env })).stdout.trim();
}

/** One call of the local GitHub's REST API with curl, as maya; throws on an HTTP error. */
export async function curl<T>(
  platform: RunningPlatform,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const data = body === undefined ? [] : ["--data", JSON.stringify(body)];
  const { stdout } = await run("curl", [
    "--silent",
    "--show-error",
    "--fail-with-body",
    "--request",
    method,
    "--header",
    `Authorization: Bearer ${platform.token("maya")}`,
    ...data,
    `${platform.urls.github}/api/v3${path}`,
  ]);
  return JSON.parse(stdout);
}

/** REST as maya, for looking. */
export function asMaya(platform: RunningPlatform): Octokit {
  return new Octokit({ baseUrl: `${platform.urls.github}/api/v3`, auth: platform.token("maya") });
}

/** REST as the app itself. */
export async function asApp(platform: RunningPlatform, home: string): ReturnType<Probot["auth"]> {
  const app: { appId: number | string; privateKey: string } = JSON.parse(
    readFileSync(join(home, "keys/local-github-app.json"), "utf8"),
  );
  const probot = new Probot({
    appId: app.appId,
    privateKey: app.privateKey,
    secret: "not used",
    baseUrl: `${platform.urls.github}/api/v3`,
    logLevel: "fatal",
    Octokit: pacedOctokit("unpaced", { now: () => Date.now() }),
  });
  return probot.auth();
}
