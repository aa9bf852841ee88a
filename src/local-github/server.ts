import { createPrivateKey, createPublicKey } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pino } from "pino";
import { settleAccounts } from "./accounts.ts";
import { announceInstallations } from "./announce.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import { GitRepositories } from "./git/git-repositories.ts";
import { gitRequest, serveGit } from "./git-over-http.ts";
import type { Github } from "./github.ts";
import { HttpError } from "./http-error.ts";
import { digestOf } from "./identity.ts";
import { Lock } from "./lock.ts";
import { Validator, type Violation } from "./openapi/validator.ts";
import type { LocalGithubOptions } from "./options.ts";
import { catchUp } from "./catch-up.ts";
import { createRest, type Rest } from "./rest.ts";
import { allRoutes } from "./routes/all-routes.ts";
import { openStore } from "./store.ts";
import { createUrls } from "./urls.ts";
import { serveWeb } from "./web/serve-web.ts";

export type LocalGithub = {
  /** Where it listens, e.g. `http://127.0.0.1:4401`. REST is below `/api/v3`, git at `/<owner>/<repo>.git`. */
  url: string;
  /** Answers and webhooks that did not fit GitHub's description, where `validate` is not off. */
  violations: () => readonly Violation[];
  /** When the latest requests that changed something by REST came, oldest first: what GitHub's limits on writing count. */
  writesMs: () => readonly number[];
  /** Settles once every webhook so far was sent. */
  webhooksSent: () => Promise<void>;
  close: () => Promise<void>;
};

/** Starts a GitHub over the repositories in `options.home`. Rejects when the port is taken. */
export async function startLocalGithub(options: LocalGithubOptions): Promise<LocalGithub> {
  const { host = "127.0.0.1", validate = "off" } = options;
  let rest: Rest | undefined;
  let github: Github | undefined;
  const server = createServer((request, response) => {
    // Nobody knows the port before `rest` and `github` are there, but an old client may come back to it.
    if (rest === undefined || github === undefined) response.writeHead(503).end();
    else void serve(github, rest, request, response);
  });
  const url = await listen(server, host, options.port);
  github = createGithub(options, url);
  rest = await createRest(github, allRoutes, validate === "throw");
  settleAccounts(github, options.users);
  github.deliveries.start();
  const background = new AbortController();
  const announcing = announceInstallations(github, background.signal);
  const catching = catchUp(github, background.signal);
  return {
    url,
    violations: () => github.validator?.violations ?? [],
    writesMs: () => github.writesMs,
    webhooksSent: () => github.deliveries.drained(),
    async close() {
      background.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, announcing, catching, github.deliveries.close()]);
      github.git.close();
      github.store.close();
    },
  };
}

function createGithub(options: LocalGithubOptions, origin: string): Github {
  const { app, home, users, validate = "off" } = options;
  const log = pino(
    { level: options.logLevel ?? "info", name: "local-github" },
    pino.destination({ dest: 2, sync: true }),
  );
  const store = openStore(home);
  const { now = Date.now } = options;
  return {
    app,
    appKey: createPublicKey(createPrivateKey(app.privateKey)),
    userTokens: new Map(users.map((user) => [digestOf(user.token), user.login])),
    urls: createUrls(origin),
    store,
    git: new GitRepositories(home),
    lock: new Lock(),
    deliveries: new DeliveryQueue({ app, store, log, now }),
    pullNumbers: new Map(),
    writesMs: [],
    validator: validate === "off" ? undefined : new Validator(),
    log,
    now,
  };
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("not a TCP address");
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${address.port}`);
    });
  });
}

async function serve(
  github: Github,
  rest: Rest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = urlOf(github, request);
    const git = gitRequest(url);
    if (git !== undefined) await serveGit(github, request, response, git);
    else if (url.pathname.startsWith("/api/v3/") || url.pathname === "/api/v3")
      await rest.serve(request, response, url);
    else await serveWeb(github, request, response, url);
  } catch (error) {
    answerError(github, response, error);
  }
}

/**
 * The address asked for. `gh` speaks plain HTTP only to `api.github.localhost`; with this server as its
 * `http_proxy` that arrives as a whole address, and is our own API.
 */
function urlOf(github: Github, request: IncomingMessage): URL {
  const target = request.url ?? "/";
  if (!URL.canParse(target, github.urls.origin)) throw new HttpError(400, "Bad Request");
  const asked = new URL(
    target.startsWith("//") ? `/${target.replace(/^\/+/, "")}` : target,
    github.urls.origin,
  );
  if (asked.hostname !== "api.github.localhost") return asked;
  return new URL(`/api/v3${asked.pathname}${asked.search}`, github.urls.origin);
}

function answerError(github: Github, response: ServerResponse, error: unknown): void {
  const known = error instanceof HttpError ? error : undefined;
  if (known === undefined) github.log.error({ err: error }, "a request failed");
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = known?.status ?? 500;
  const headers: Record<string, string> = {
    "content-type": "text/plain; charset=utf-8",
    connection: "close",
  };
  if (status === 401) headers["www-authenticate"] = 'Basic realm="local-github"';
  response.writeHead(status, headers).end(`${known?.message ?? "Server Error"}\n`);
}
