import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Octokit } from "@octokit/rest";
import { runCli } from "#app/cli/run-cli.ts";
import { startLocalGithub, type LocalGithub } from "#local-github/server.ts";

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});

export interface Ran {
  readonly code: number;
  readonly summary: Summary;
  readonly log: string;
}

export interface Summary {
  readonly repositories: readonly {
    readonly repository: string;
    readonly outcome: string;
    readonly reason?: string;
    readonly version?: string;
    readonly pullRequest?: { readonly number: number; readonly url: string };
    readonly files?: readonly string[];
    readonly notes?: readonly string[];
  }[];
  readonly totals: Readonly<Record<string, number>>;
  readonly requests: { readonly reads: number; readonly writes: number; readonly unchanged: number };
}

/** A local GitHub with the bot's user "bot" and a person "alice", and repositories of the owner "acme". */
export interface CampaignWorld {
  readonly github: LocalGithub;
  readonly home: string;
  readonly alice: Octokit;
  /** Makes acme/<name> with one commit that holds these files. */
  repository(name: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Commits files (null deletes) on a branch as alice. */
  commit(name: string, branch: string, files: Readonly<Record<string, string | null>>): Promise<string>;
  /** A file of a branch. */
  read(name: string, branch: string, file: string): Promise<string>;
  /** Runs `showrunner` with these words. */
  run(...args: readonly string[]): Promise<Ran>;
  end(): Promise<void>;
}

export async function startCampaignWorld(clock?: { readonly now: () => number }): Promise<CampaignWorld> {
  const home = await mkdtemp(path.join(tmpdir(), "showrunner-world-"));
  const github = await startLocalGithub({
    home: path.join(home, "github"),
    port: 0,
    app: {
      appId: 7,
      slug: "showrunner",
      privateKey: String(privateKey),
      webhookUrl: "http://127.0.0.1:1/",
      webhookSecret: "secret",
      permissions: { contents: "write", pull_requests: "write", issues: "write" },
      events: [],
    },
    users: [
      { login: "acme", token: "acme-token", admin: true },
      { login: "alice", token: "alice-token", admin: true },
      { login: "bot", token: "bot-token", admin: true },
    ],
    logLevel: "silent",
    ...(clock === undefined ? {} : { now: clock.now }),
  });
  const client = (token: string): Octokit => new Octokit({ auth: token, baseUrl: `${github.url}/api/v3` });
  const acme = client("acme-token");
  const alice = client("alice-token");
  return {
    github,
    home,
    alice,
    async repository(name, files) {
      await acme.rest.repos.createForAuthenticatedUser({ name, auto_init: true });
      await commitFiles(alice, name, "main", files);
    },
    commit: (name, branch, files) => commitFiles(alice, name, branch, files),
    async read(name, branch, file) {
      const where = { owner: "acme", repo: name, path: file, ref: branch };
      const { data } = await alice.rest.repos.getContent(where);
      const content = "content" in data ? data.content : "";
      return Buffer.from(content, "base64").toString("utf8");
    },
    async run(...args) {
      const out: string[] = [];
      const log: string[] = [];
      const code = await runCli(args, "0.0.0", {
        cwd: home,
        env: {},
        stdin: async () => "",
        out: (text) => out.push(text),
        log: (text) => log.push(text),
        colour: false,
        width: null,
        now: () => Date.now(),
        fetch,
      });
      const text = out.join("");
      const summary: Summary = text.startsWith("{")
        ? JSON.parse(text)
        : { repositories: [], totals: {}, requests: {} };
      return { code, summary, log: log.join("\n") };
    },
    async end() {
      await github.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The flags that every run needs; `repositories` become the file. */
export async function applyFlags(
  world: CampaignWorld,
  registryUrl: string,
  repositories: readonly string[],
): Promise<string[]> {
  const file = path.join(world.home, `repos-${repositories.join("-").slice(0, 40)}.txt`);
  await writeFile(file, repositories.map((name) => `acme/${name}\n`).join(""));
  const where = ["--api", `${world.github.url}/api/v3`, "--token", "bot-token", "--registry", registryUrl];
  return ["campaign", "apply", "--repos", file, ...where, "--json"];
}

async function commitFiles(
  octokit: Octokit,
  repo: string,
  branch: string,
  files: Readonly<Record<string, string | null>>,
): Promise<string> {
  const where = { owner: "acme", repo };
  const { data: head } = await octokit.rest.git.getRef({ ...where, ref: `heads/${branch}` });
  const entries = Object.entries(files).map(([file, content]) =>
    content === null
      ? { path: file, mode: "100644" as const, type: "blob" as const, sha: null }
      : { path: file, mode: "100644" as const, type: "blob" as const, content },
  );
  const { data: tree } = await octokit.rest.git.createTree({
    ...where,
    base_tree: head.object.sha,
    tree: entries,
  });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...where,
    message: "Change files",
    tree: tree.sha,
    parents: [head.object.sha],
  });
  await octokit.rest.git.updateRef({ ...where, ref: `heads/${branch}`, sha: commit.sha });
  return commit.sha;
}
