import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { pino } from "pino";
import { Probot } from "probot";
import { parse } from "yaml";
import type { Effect, EffectCache } from "#adapters/github/effect-cache.ts";
import { createGitHubCodeHost } from "#adapters/github/github-code-host.ts";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";
import type { CodeHost, InstalledRepository } from "#domain/ports.ts";
import { startLocalGithub, type LocalGithub } from "#local-github/server.ts";

const APP_ID = 7;
const SLUG = "showrunner";
export const REPO = { owner: "alice", repo: "scripts" };
const logger = pino({ level: "silent" });
const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});

/** What our client sent: method and path below the API. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface LocalHost {
  readonly github: LocalGithub;
  readonly codeHost: CodeHost;
  readonly appId: number;
  readonly botLogin: string;
  readonly effects: EffectCache & { readonly known: Map<string, Effect> };
  readonly sent: Sent[];
  /** Called before a request goes out; an answer keeps it from GitHub, an error is a broken network. */
  intercept: (sent: Sent) => Promise<Response | null>;
  /** Called after GitHub answered. */
  afterwards: (sent: Sent) => void;
  nowMs: number;
  /** A person, who is an administrator. */
  readonly alice: Octokit;
  readonly bob: Octokit;
  /** A person who may read and comment, and nothing else. */
  readonly mallory: Octokit;
  readonly repository: InstalledRepository;
  /** Method and path of what changed something since the last `forget`. */
  writes(): string[];
  /** Starts a test afresh: nothing sent, nothing remembered, no faults. */
  forget(): void;
  /** Commits on a new branch and opens a pull request as alice. */
  newPullRequest(
    files: Readonly<Record<string, string>>,
  ): Promise<{ number: number; branch: string; sha: string }>;
  /** A new client over the same GitHub and effects, as after a restart. */
  restarted(): CodeHost;
  end(): Promise<void>;
}

/** A real local GitHub with one repository "alice/scripts" that holds a README, and the app installed on it. */
export async function startLocalHost(): Promise<LocalHost> {
  const home = await mkdtemp(join(tmpdir(), "showrunner-github-"));
  const github = await startLocalGithub({
    home,
    port: 0,
    app: {
      appId: APP_ID,
      slug: SLUG,
      privateKey: String(privateKey),
      webhookUrl: "http://127.0.0.1:1/",
      webhookSecret: "secret",
      ...manifest(),
    },
    users: [
      { login: "alice", token: "alice-token", admin: true },
      { login: "bob", token: "bob-token", admin: false },
      { login: "mallory", token: "mallory-token", admin: false },
    ],
    logLevel: "silent",
  });
  const known = new Map<string, Effect>();
  const host = {
    github,
    appId: APP_ID,
    botLogin: `${SLUG}[bot]`,
    effects: {
      known,
      get: (key: string) => Promise.resolve(known.get(key) ?? null),
      set: async (key: string, effect: Effect) => void known.set(key, effect),
    },
    sent: [] as Sent[],
    intercept: () => Promise.resolve(null),
    afterwards: () => undefined,
    nowMs: Date.now(),
    alice: new Octokit({ auth: "alice-token", baseUrl: `${github.url}/api/v3` }),
    mallory: new Octokit({ auth: "mallory-token", baseUrl: `${github.url}/api/v3` }),
    bob: new Octokit({ auth: "bob-token", baseUrl: `${github.url}/api/v3` }),
    async end() {
      await github.close();
      await rm(home, { recursive: true, force: true });
    },
  } satisfies Partial<LocalHost>;

  await host.alice.rest.repos.createForAuthenticatedUser({ name: "scripts", auto_init: true });
  await host.alice.rest.repos.addCollaborator({
    owner: "alice",
    repo: "scripts",
    username: "bob",
    permission: "push",
  });

  const state: Wire = Object.assign(host, { restarted: (): CodeHost => codeHostOver(state) });
  const codeHost = state.restarted();
  const [repository] = await codeHost.repositories();
  if (repository === undefined) throw new Error("the app is not installed");
  let branches = 0;
  const complete: LocalHost = Object.assign(state, {
    codeHost,
    repository,
    writes: () =>
      state.sent.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
    forget() {
      state.sent.length = 0;
      known.clear();
      state.intercept = () => Promise.resolve(null);
      state.afterwards = () => undefined;
    },
    newPullRequest(files: Readonly<Record<string, string>>) {
      branches += 1;
      return openPullRequest(complete, `topic-${branches}`, files);
    },
  });
  return complete;
}

/** The head of the main branch. */
export async function head({ codeHost, repository }: LocalHost): Promise<string> {
  const found = await codeHost.branchHead(repository, "main");
  if (found === null) throw new Error("there is no main branch");
  return found;
}

async function openPullRequest(
  host: LocalHost,
  branch: string,
  files: Readonly<Record<string, string>>,
): Promise<{ number: number; branch: string; sha: string }> {
  const base = await head(host);
  await host.alice.rest.git.createRef({ ...REPO, ref: `refs/heads/${branch}`, sha: base });
  const changes = Object.entries(files).map(([path, content]) => ({ path, content }));
  const outcome = await host.codeHost.commitFiles(host.repository, branch, base, changes, "Change");
  if (outcome.kind !== "committed") throw new Error("the branch moved");
  const { data } = await host.alice.rest.pulls.create({ ...REPO, title: branch, head: branch, base: "main" });
  host.sent.length = 0;
  return { number: data.number, branch, sha: outcome.commit };
}

type Wire = Omit<LocalHost, "codeHost" | "repository" | "writes" | "forget" | "newPullRequest">;

function codeHostOver(state: Wire): CodeHost {
  const watchedFetch: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    const sent = {
      method: init?.method ?? "GET",
      path: decodeURIComponent(url.pathname.replace("/api/v3", "")),
      body,
    };
    const kept = await state.intercept(sent);
    if (kept !== null) return kept;
    state.sent.push(sent);
    const answer = await fetch(input, init);
    state.afterwards(sent);
    return answer;
  };
  const probot = new Probot({
    appId: APP_ID,
    privateKey: String(privateKey),
    secret: "secret",
    baseUrl: `${state.github.url}/api/v3`,
    Octokit: pacedOctokit("unpaced", { now: () => state.nowMs }),
    request: { fetch: watchedFetch },
    log: logger,
  });
  return createGitHubCodeHost({
    octokitFor: (installationId) => probot.auth(installationId),
    effects: state.effects,
    clock: { now: () => state.nowMs },
  });
}

/** The permissions and events that the app really asks for. */
function manifest(): { permissions: Record<string, string>; events: string[] } {
  const file: unknown = parse(readFileSync(new URL("../../../app.yml", import.meta.url), "utf8"));
  if (typeof file !== "object" || file === null) throw new Error("app.yml is no mapping");
  const permissions = "default_permissions" in file ? file.default_permissions : null;
  const events = "default_events" in file ? file.default_events : null;
  if (typeof permissions !== "object" || permissions === null || !Array.isArray(events)) {
    throw new Error("app.yml lacks permissions or events");
  }
  return {
    permissions: Object.fromEntries(
      Object.entries(permissions).map(([name, level]) => [name, String(level)]),
    ),
    events: events.map(String),
  };
}
