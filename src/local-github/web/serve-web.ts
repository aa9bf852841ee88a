import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { canRead } from "../access.ts";
import { findRepository } from "../call.ts";
import type { Github } from "../github.ts";
import { HttpError, notFound } from "../http-error.ts";
import { identify, type Identity } from "../identity.ts";
import { isPull } from "../pulls.ts";
import type { Repository } from "../records.ts";
import { act, isOwnPath } from "./act.ts";
import type { Viewer } from "./page-frame.ts";
import { commitPage, homePage, refusalPage, repositoryPage } from "./pages.ts";
import { pullPage, type PullTab } from "./pull-pages.ts";

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' http://127.0.0.1:* http://localhost:*",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

const SCRIPTS: Readonly<Record<string, string>> = {
  "/_local/page.js": fileURLToPath(new URL("page.js", import.meta.url)),
  "/_local/mermaid.js": fileURLToPath(import.meta.resolve("@mermaid-js/tiny")),
};
const PULL_TABS: Readonly<Record<string, PullTab>> = { "": "conversation", checks: "checks", files: "files" };

/** What is not REST and not git: health, the pages, and the forms on them. */
export async function serveWeb(
  github: Github,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === "/healthz") return sendJson(response, 200, { status: "ok" });
  if (url.pathname === "/_local/violations")
    return sendJson(response, 200, github.validator?.violations ?? []);
  const script = SCRIPTS[url.pathname];
  if (script !== undefined) return sendScript(response, script);
  if (url.pathname === "/favicon.ico") return void response.writeHead(204).end();
  if (/^\/(?:api\/)?graphql$/.test(url.pathname)) throw new HttpError(501, "The local GitHub has no GraphQL");
  const identity = identityOf(github, request);
  const viewer: Viewer = { identity, path: `${url.pathname}${url.search}` };
  if (url.pathname === "/login") return signIn(response, identity, url);
  if (url.pathname === "/") return sendPage(response, 200, homePage(github, viewer));
  const [owner, name, ...rest] = url.pathname.split("/").slice(1).map(decodePart);
  if (owner === undefined || name === undefined) throw notFound();
  const repository = findRepository(github, owner, name);
  if (!canRead(identity, repository)) throw notFound();
  if (request.method === "POST") return answerForm(github, viewer, repository, rest, request, response);
  if (rest[0] === "raw") return sendRaw(github, repository, rest.slice(1), response);
  sendPage(response, 200, await pageOf(github, repository, rest, viewer));
}

/** The browser asks for name and token itself on 401, and sends them from then on. */
function signIn(response: ServerResponse, identity: Identity, url: URL): void {
  if (identity.kind !== "user")
    throw new HttpError(401, "Sign in with your name, and your token as password");
  const back = url.searchParams.get("back") ?? "/";
  response.writeHead(303, { location: isOwnPath(back) ? back : "/" }).end();
}

async function pageOf(
  github: Github,
  repository: Repository,
  rest: readonly string[],
  viewer: Viewer,
): Promise<string> {
  const [kind = "", id = "", part = ""] = rest;
  if (kind === "") return repositoryPage(github, repository, viewer);
  if (kind === "pull" || kind === "issues") {
    const issue = github.store.issues.find(repository.id, id);
    const tab = Object.hasOwn(PULL_TABS, part) ? PULL_TABS[part] : undefined;
    if (issue !== undefined && isPull(issue) && tab !== undefined)
      return pullPage(github, repository, issue, tab, viewer);
  }
  if (kind === "commit") {
    const commit = await github.git.at(repository).commit(id);
    if (commit !== undefined) return commitPage(github, repository, commit, viewer);
  }
  if (kind === "runs") {
    const run = github.store.checkRuns.get(Number(id));
    const commit =
      run && run.repositoryId === repository.id && (await github.git.at(repository).commit(run.headSha));
    if (commit) return commitPage(github, repository, commit, viewer);
  }
  throw notFound();
}

/** A person who pressed something sees why it did not work; a program gets the bare answer. */
async function answerForm(
  github: Github,
  viewer: Viewer,
  repository: Repository,
  rest: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const acted = await act(github, viewer.identity, repository, rest, request);
    if (acted.kind === "seeOther") response.writeHead(303, { location: acted.path }).end();
    else sendJson(response, 202, { identifier: acted.identifier });
  } catch (error) {
    const asksForPage = request.headers.accept?.includes("text/html") === true;
    if (!(error instanceof HttpError) || error.status === 401 || !asksForPage) throw error;
    const [kind = "", id = ""] = rest;
    const base = `/${repository.owner}/${repository.name}`;
    const path = kind === "pull" ? `${base}/pull/${encodeURIComponent(id)}` : base;
    sendPage(response, error.status, refusalPage(error.status, error.message, { ...viewer, path }));
  }
}

/** `/<owner>/<repo>/raw/<ref>/<path>`: a file as it is, never as a page. */
async function sendRaw(
  github: Github,
  repository: Repository,
  [ref = "", ...path]: readonly string[],
  response: ServerResponse,
): Promise<void> {
  const git = github.git.at(repository);
  const commit = await git.resolveCommit(ref);
  const entry = commit && (await git.entryAt((await git.mustCommit(commit)).tree, path.join("/")));
  const blob = entry && (await git.read(entry.oid));
  if (blob === undefined || blob === "" || blob.type !== "blob") throw notFound();
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  });
  response.end(blob.content);
}

function identityOf(github: Github, request: IncomingMessage): Identity {
  const context = {
    store: github.store,
    userTokens: github.userTokens,
    appId: github.app.appId,
    appKey: github.appKey,
  };
  return identify(context, request.headers.authorization, github.now());
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound();
  }
}

async function sendScript(response: ServerResponse, file: string): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "max-age=3600",
    "x-content-type-options": "nosniff",
  });
  response.end(await readFile(file));
}

function sendPage(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": PAGE_POLICY,
    // Without a referrer, browsers would not say either where a form comes from.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  });
  response.end(page);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8" })
    .end(`${JSON.stringify(body)}\n`);
}
