import type { IncomingMessage, ServerResponse } from "node:http";
import { actor } from "../accounts.ts";
import { canRead, demand } from "../access.ts";
import { findRepository } from "../call.ts";
import type { Github } from "../github.ts";
import { HttpError, notFound } from "../http-error.ts";
import { identify, type Identity } from "../identity.ts";
import { isPull } from "../pulls.ts";
import { readBody } from "../read-body.ts";
import type { Repository } from "../records.ts";
import { emitRun } from "../routes/checks.ts";
import { commitPage, pullPage, repositoryPage } from "./pages.ts";

const FORM_BYTES_MAX = 16 * 1024;

/** What is not REST and not git: health, the few pages, and a check run's buttons. */
export async function serveWeb(
  github: Github,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === "/healthz") return sendJson(response, 200, { status: "ok" });
  if (url.pathname === "/_local/violations")
    return sendJson(response, 200, github.validator?.violations ?? []);
  if (/^\/(?:api\/)?graphql$/.test(url.pathname)) throw new HttpError(501, "The local GitHub has no GraphQL");
  const [owner, name, ...rest] = url.pathname.split("/").slice(1).map(decodePart);
  if (owner === undefined || name === undefined) throw notFound();
  const identity = identityOf(github, request);
  const repository = findRepository(github, owner, name);
  if (!canRead(identity, repository)) throw notFound();
  if (request.method === "POST") return pressButton(github, identity, repository, rest, request, response);
  if (rest[0] === "raw") return sendRaw(github, repository, rest.slice(1), response);
  const page = await pageOf(github, repository, rest);
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(page);
}

async function pageOf(github: Github, repository: Repository, rest: readonly string[]): Promise<string> {
  const [kind = "", id = ""] = rest;
  if (kind === "") return repositoryPage(github, repository);
  if (kind === "pull" || kind === "issues") {
    const issue = github.store.issues.find(repository.id, id);
    if (issue !== undefined && isPull(issue)) return pullPage(github, repository, issue);
  }
  if (kind === "commit") {
    const commit = await github.git.at(repository).commit(id);
    if (commit !== undefined) return commitPage(github, repository, commit);
  }
  if (kind === "runs") {
    const run = github.store.checkRuns.get(Number(id));
    const commit =
      run && run.repositoryId === repository.id && (await github.git.at(repository).commit(run.headSha));
    if (commit) return commitPage(github, repository, commit);
  }
  throw notFound();
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

/** `POST /<owner>/<repo>/checks/<id>/actions` with `identifier`: what the button on GitHub's page does. */
async function pressButton(
  github: Github,
  identity: Identity,
  repository: Repository,
  rest: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [checks, id, actions] = rest;
  if (checks !== "checks" || actions !== "actions") throw notFound();
  if (identity.kind !== "user") throw new HttpError(401, "Requires authentication");
  demand(identity, repository, { app: ["checks:write"], user: "write" });
  const identifier = fieldOf(
    await readBody(request, FORM_BYTES_MAX),
    request.headers["content-type"] ?? "",
    "identifier",
  );
  const run = github.store.checkRuns.get(Number(id));
  if (run?.repositoryId !== repository.id) throw notFound();
  if (!run.actions.some((action) => action.identifier === identifier))
    throw new HttpError(422, "No such action");
  const scene = { github, repository, sender: actor(github, identity) };
  emitRun(scene, "check-run-requested-action", run, { requested_action: { identifier } });
  sendJson(response, 202, { identifier });
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

function fieldOf(body: Buffer, contentType: string, name: string): string | undefined {
  const text = body.toString("utf8");
  if (!contentType.includes("json")) return new URLSearchParams(text).get(name) ?? undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    const fields =
      typeof parsed === "object" && parsed !== null ? new Map(Object.entries(parsed)) : new Map();
    const value: unknown = fields.get(name);
    return typeof value === "string" ? value : undefined;
  } catch {
    throw new HttpError(400, "Problems parsing JSON");
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound();
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8" })
    .end(`${JSON.stringify(body)}\n`);
}
