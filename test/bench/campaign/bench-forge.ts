import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Octokit } from "@octokit/rest";
import pLimit from "p-limit";
import { readGithubApp } from "../../../src/local/github-app.ts";
import { onAllCores, onCore, SERVER_CORE } from "../cores.ts";
import { stopChild } from "../servers/stop-child.ts";

/** A local GitHub in a process of its own. */
export interface BenchForge {
  /** Of the REST API. */
  readonly api: string;
  readonly origin: string;
  readonly token: string;
  /** Our app on it; its webhooks lead nowhere, so that benchmarks send their own. */
  readonly app: BenchApp;
  /** Makes repositories of the owner "acme", each with one commit besides the first. */
  create(repositories: ReadonlyMap<string, ReadonlyMap<string, string>>): Promise<void>;
  openPulls(repository: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface BenchApp {
  readonly id: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
}

const ROOT = join(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "src/local-github/main.ts");
const TOKEN = "bench-token";
const AT_ONCE = 8;

/** On one core, or on all where it is not measured who pays. */
export async function startBenchForge(home: string, core: number | "all" = SERVER_CORE): Promise<BenchForge> {
  const { child, origin, app } = await start(home, core);
  const api = `${origin}/api/v3`;
  const octokit = new Octokit({ auth: TOKEN, baseUrl: api });
  return {
    api,
    origin,
    token: TOKEN,
    app,
    async create(repositories) {
      const limit = pLimit(AT_ONCE);
      const made = [...repositories].map(([name, files]) =>
        limit(() => makeRepository(octokit, name, files)),
      );
      await Promise.all(made);
    },
    async openPulls(repository) {
      const { data } = await octokit.rest.pulls.list({ owner: "acme", repo: repository });
      return data.map(({ title }) => title);
    },
    close: () => stopChild(child),
  };
}

async function start(
  home: string,
  core: number | "all",
): Promise<{ child: ChildProcess; origin: string; app: BenchApp }> {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const privateKey = key.export({ type: "pkcs8", format: "pem" }).toString();
  const app = { id: 7, privateKey, webhookSecret: "bench" };
  const { slug, permissions } = readGithubApp(join(ROOT, "app.yml"));
  const installed = {
    ...app,
    appId: app.id,
    slug,
    permissions,
    webhookUrl: "http://127.0.0.1:9/",
    events: [],
  };
  await writeFile(join(home, "app.json"), JSON.stringify(installed));
  await writeFile(join(home, "users.json"), JSON.stringify([{ login: "acme", token: TOKEN, admin: true }]));
  const line: [string, ...string[]] = [process.execPath, "--disable-warning=ExperimentalWarning", MAIN];
  const [command, ...args] = core === "all" ? onAllCores(line) : onCore(core, line);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    LOCAL_GITHUB_PORT: "0",
    LOCAL_GITHUB_HOME: join(home, "github"),
    LOCAL_GITHUB_APP: join(home, "app.json"),
    LOCAL_GITHUB_USERS: join(home, "users.json"),
    LOG_LEVEL: "silent",
  };
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [ready]: string[] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => Promise.reject(new Error("the local GitHub did not start"))),
  ]);
  const origin = ready?.split(" ").at(-1) ?? "";
  return { child, origin, app };
}

async function makeRepository(
  octokit: Octokit,
  repo: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const where = { owner: "acme", repo };
  await octokit.rest.repos.createForAuthenticatedUser({ name: repo, auto_init: true });
  const { data: head } = await octokit.rest.git.getRef({ ...where, ref: "heads/main" });
  const entries = [...files].map(([path, content]) => ({
    path,
    mode: "100644" as const,
    type: "blob" as const,
    content,
  }));
  const base = head.object.sha;
  const { data: tree } = await octokit.rest.git.createTree({ ...where, base_tree: base, tree: entries });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...where,
    message: "Add the app",
    tree: tree.sha,
    parents: [base],
  });
  await octokit.rest.git.updateRef({ ...where, ref: "heads/main", sha: commit.sha });
}
