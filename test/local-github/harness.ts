import { execFile } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { AppOptions, LocalGithubOptions, UserOptions } from "#local-github/options.ts";
import { startLocalGithub, type LocalGithub } from "#local-github/server.ts";

const run = promisify(execFile);
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

export type Hook = { headers: IncomingHttpHeaders; raw: string; body: Record<string, unknown> };

/** A webhook receiver that remembers what came; `answer` decides the status. */
export async function startReceiver(answer: (hook: Hook) => number = () => 202, port = 0) {
  const hooks: Hook[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString("utf8");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tests look into whatever came
      const hook = { headers: request.headers, raw, body: JSON.parse(raw) as Record<string, unknown> };
      hooks.push(hook);
      response.writeHead(answer(hook)).end("noted");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    hooks,
    url: `http://127.0.0.1:${address.port}/hooks`,
    /** Event names with their actions, in the order they came. */
    names: () =>
      hooks.map(({ headers, body }) => [headers["x-github-event"], body["action"]].filter(Boolean).join(".")),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const USERS: UserOptions[] = [
  { login: "alice", name: "Alice", email: "alice@example.com", token: "alice-token", admin: true },
  { login: "bob", name: "Bob", token: "bob-token", admin: false },
];

export function appOptions(webhookUrl: string, changes: Partial<AppOptions> = {}): AppOptions {
  return {
    appId: 4242,
    slug: "showrunner",
    privateKey,
    webhookUrl,
    webhookSecret: "hush",
    permissions: {
      checks: "write",
      contents: "write",
      pull_requests: "write",
      issues: "write",
      deployments: "write",
      statuses: "write",
      administration: "read",
    },
    events: [
      "push",
      "pull_request",
      "pull_request_review",
      "check_run",
      "issue_comment",
      "issues",
      "deployment",
      "deployment_status",
      "status",
      "create",
      "delete",
      "repository",
    ],
    ...changes,
  };
}

/** What an app signs itself in with. */
export function appJwt(appId: number, key: string, changes: object = {}): string {
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { iat: nowS - 30, exp: nowS + 300, iss: appId, ...changes };
  const signed = `${base64Json({ alg: "RS256", typ: "JWT" })}.${base64Json(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
}

function base64Json(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

export type Bench = Awaited<ReturnType<typeof startBench>>;

/** Runs a plain git client as Alice; what it prints. */
async function git(directory: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
  const who = [
    "-c",
    "user.name=Alice",
    "-c",
    "user.email=alice@example.com",
    "-c",
    "init.defaultBranch=main",
  ];
  return (await run("git", [...who, ...args], { cwd: directory, env })).stdout.trim();
}

/** A local GitHub with a receiver, in folders of its own; `close` removes everything. */
export async function startBench(
  changes: { app?: Partial<AppOptions>; options?: Partial<LocalGithubOptions> } = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), "local-github-"));
  const receiver = await startReceiver();
  const options: LocalGithubOptions = {
    home: path.join(folder, "home"),
    port: 0,
    app: appOptions(receiver.url, changes.app),
    users: USERS,
    validate: "record",
    logLevel: "silent",
    ...changes.options,
  };
  let github: LocalGithub = await startLocalGithub(options);
  return {
    folder,
    options,
    receiver,
    get github() {
      return github;
    },
    get url() {
      return github.url;
    },
    git,
    async restart() {
      await github.close();
      github = await startLocalGithub(options);
    },
    /** A REST call; `body` is parsed JSON. */
    async api(
      method: string,
      route: string,
      { token = "alice-token", body }: { token?: string; body?: unknown } = {},
    ) {
      const response = await fetch(`${github.url}/api/v3${route}`, {
        method,
        headers: token === "" ? {} : { authorization: `token ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      // Tests look into whatever came, and fail where it is not there.
      // oxlint-disable-next-line typescript/no-explicit-any
      const parsed: any = text === "" ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body: parsed };
    },
    /** A token of the app's installation on an owner's account, by the app's own JSON web token. */
    async installationToken(owner: string, narrow: object = {}) {
      const jwt = appJwt(options.app.appId, options.app.privateKey);
      const found = await this.api("GET", `/users/${owner}/installation`, { token: jwt });
      const route = `/app/installations/${found.body.id}/access_tokens`;
      const made = await this.api("POST", route, { token: jwt, body: narrow });
      return String(made.body.token);
    },
    appJwt: (claims: object = {}) => appJwt(options.app.appId, options.app.privateKey, claims),
    /** A repository with one commit of these files on `main`, and a clone of it. */
    async repository(
      owner: string,
      name: string,
      files: Record<string, string> = { "README.md": "hello\n" },
    ) {
      await this.api("POST", owner === "alice" ? "/user/repos" : `/orgs/${owner}/repos`, { body: { name } });
      const clone = path.join(folder, `${owner}-${name}`);
      await git(folder, "init", "-q", clone);
      await git(clone, "remote", "add", "origin", this.remote(owner, name));
      await this.commit(clone, files);
      await git(clone, "push", "-q", "origin", "HEAD:refs/heads/main");
      return clone;
    },
    remote: (owner: string, name: string, token = "alice-token") =>
      `${github.url.replace("http://", `http://x-access-token:${token}@`)}/${owner}/${name}.git`,
    async commit(clone: string, files: Record<string, string>, message = "change") {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(clone, file)), { recursive: true });
        await writeFile(path.join(clone, file), text);
      }
      await git(clone, "add", "-A");
      await git(clone, "commit", "-q", "-m", message);
      return git(clone, "rev-parse", "HEAD");
    },
    async close() {
      await github.close();
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
