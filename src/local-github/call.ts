import { demand, type Access, type Need } from "./access.ts";
import { actor } from "./accounts.ts";
import type { Scene } from "./events.ts";
import { HttpError, notFound } from "./http-error.ts";
import type { Github } from "./github.ts";
import type { Identity } from "./identity.ts";
import type { RestOperation } from "./openapi/used.ts";
import type { BareRepository } from "./git/bare-repository.ts";
import type { Protection, Repository } from "./records.ts";
import { repositoryKey } from "./store.ts";

/** One REST request whose parameters and body fit the operation's description. */
export type Call = {
  github: Github;
  identity: Identity;
  /** Path parameters, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
  accept: string;
  /** The request's full address without its query, for `Link` headers. */
  url: string;
};

export type RepositoryCall = Call & { repository: Repository; git: BareRepository };

/** `body` is sent as JSON; without one, nothing is sent. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> };

export type Route = (call: Call) => Promise<Reply> | Reply;
export type Routes = Partial<Record<RestOperation, Route>>;

/** An operation on `/repos/{owner}/{repo}`: finds the repository and checks that the caller may do this to it. */
export function inRepository(
  need: Need | readonly Need[],
  handle: (call: RepositoryCall) => Promise<Reply> | Reply,
  user?: Access["user"],
): Route {
  const app = typeof need === "string" ? [need] : need;
  const access: Access = { app, user: user ?? defaultRole(app[0] ?? "metadata:read") };
  return (call) => {
    const repository = findRepository(call.github, param(call, "owner"), param(call, "repo"));
    demand(call.identity, repository, access);
    if (
      repository.archived &&
      !app.some((each) => each.endsWith(":read")) &&
      app[0] !== "administration:write"
    ) {
      throw new HttpError(403, "Repository was archived so is read-only.");
    }
    return handle({ ...call, repository, git: call.github.git.at(repository) });
  };
}

export function findRepository(github: Github, owner: string, name: string): Repository {
  const found = github.store.repositories.find(0, repositoryKey(owner, name));
  if (found === undefined) throw notFound();
  return found;
}

/** The protection of a branch; names such as `constructor` are branches like any other. */
export function protectionOf({ protections }: Repository, branch: string): Protection | undefined {
  return Object.hasOwn(protections, branch) ? protections[branch] : undefined;
}

/** Where a call acts, and in whose name. */
export function sceneOf({ github, repository, identity }: RepositoryCall): Scene {
  return { github, repository, sender: actor(github, identity) };
}

/** A path parameter; the router gives every one that the route names. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** A path parameter that is an id or number. */
export function numberParam(call: Call, name: string): number {
  const value = Number(param(call, name));
  if (!Number.isSafeInteger(value) || value < 0) throw notFound();
  return value;
}

/** The body in the shape that the operation's description promises: it was checked against it before. */
export function bodyOf<T extends object>(call: Call): Partial<T> {
  const { body } = call;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return {};
  return body;
}

/** A field that the description requires. */
export function must<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new HttpError(422, `Invalid request.\n\n"${field}" wasn't supplied.`);
  return value;
}

function defaultRole(need: Need): Access["user"] {
  if (need === "administration:write") return "admin";
  return need.endsWith(":write") ? "write" : "read";
}
