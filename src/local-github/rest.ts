import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { OpenAPIBackend, type Context, type Document } from "openapi-backend";
import type { Call, Reply, Route, Routes } from "./call.ts";
import type { Github } from "./github.ts";
import { HttpError, notFound } from "./http-error.ts";
import { identify } from "./identity.ts";
import { readSlice } from "./openapi/read-slice.ts";
import { addGithubFormats } from "./openapi/validator.ts";
import { readBody } from "./read-body.ts";

const BODY_BYTES_MAX = 64 * 1024 * 1024;
const WRITES_KEPT_MAX = 10_000;
const DOCUMENTATION_URL = "https://docs.github.com/rest";

export type Rest = { serve: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> };

/** What goes with one request through the router. */
type Pending = { call: Omit<Call, "params" | "body">; operation: string };

/**
 * GitHub's REST API below `/api/v3`. The OpenAPI slice decides which operation a request is for and whether its
 * parameters and body fit (422); what the slice does not know, or no route answers, is 501.
 */
export async function createRest(github: Github, routes: Routes, throwViolations: boolean): Promise<Rest> {
  const backend = new OpenAPIBackend({
    // The slice says "or null" in a way that only ajv reads, so it is nobody's typed document.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    definition: readSlice("rest.json") as unknown as Document,
    apiRoot: "/api/v3",
    quick: true,
    validate: true,
    ajvOpts: { strict: false, validateSchema: false, logger: false },
    customizeAjv: (ajv) => addGithubFormats(ajv),
    handlers: {
      notFound: notImplemented,
      methodNotAllowed: notImplemented,
      notImplemented,
      validationFail: refuseInvalid,
    },
  });
  await backend.init();
  for (const [operation, route] of Object.entries(routes))
    backend.register(operation, adapt(operation, route));
  // The operations never change, and flattening them takes longer than most handlers.
  const operations = backend.router.getOperations();
  backend.router.getOperations = () => operations;
  return {
    async serve(request, response, url) {
      countWrite(github, request.method ?? "GET");
      const pending: Pending = { call: callOf(github, request, url), operation: "" };
      const reply = await answer(backend, pending, request, url).catch((error: unknown) =>
        errorReply(github, error),
      );
      respond(request, response, checked(github, pending.operation, reply, throwViolations));
    },
  };
}

/** Refused ones count too, as GitHub's own limits do it. */
function countWrite(github: Github, method: string): void {
  if (method === "GET" || method === "HEAD") return;
  github.writesMs.push(github.now());
  if (github.writesMs.length > WRITES_KEPT_MAX) github.writesMs.shift();
}

function callOf(github: Github, request: IncomingMessage, url: URL): Pending["call"] {
  return {
    github,
    identity: { kind: "anonymous" },
    query: url.searchParams,
    accept: request.headers.accept ?? "",
    url: `${github.urls.origin}${url.pathname}`,
  };
}

async function answer(
  backend: OpenAPIBackend,
  pending: Pending,
  request: IncomingMessage,
  url: URL,
): Promise<Reply> {
  const { github } = pending.call;
  const context = {
    store: github.store,
    userTokens: github.userTokens,
    appId: github.app.appId,
    appKey: github.appKey,
  };
  pending.call.identity = identify(context, request.headers.authorization, github.now());
  const body = await readJson(request);
  // The framework reads bodies by their content type; ours is JSON, whatever a client calls it.
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const query = Object.fromEntries(url.searchParams);
  const method = request.method ?? "GET";
  return backend.handleRequest({ method, path: encodeTail(url.pathname), query, headers, body }, pending);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const text = (await readBody(request, BODY_BYTES_MAX)).toString("utf8");
  // So that a missing body is told which fields are missing.
  if (text.trim() === "") return request.method === "DELETE" ? undefined : {};
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "Problems parsing JSON");
  }
}

/** A `{path}`, `{ref}` or `{branch}` may hold slashes, which the router's templates do not match. */
function encodeTail(path: string): string {
  const tailed =
    /^(\/api\/v3\/repos\/[^/]+\/[^/]+\/(?:contents|compare|git\/(?:refs?|matching-refs))\/)(.+)$/.exec(
      path,
    ) ??
    /^(\/api\/v3\/repos\/[^/]+\/[^/]+\/(?:commits|branches)\/)(.+?)(\/(?:check-runs|check-suites|status|statuses|pulls|protection))?$/.exec(
      path,
    );
  // The root folder's contents: an empty path, which no template matches.
  if (/^\/api\/v3\/repos\/[^/]+\/[^/]+\/contents\/?$/.test(path)) return `${path.replace(/\/$/, "")}/%2F`;
  if (tailed === null) return path;
  const [, head = "", tail = "", end = ""] = tailed;
  return `${head}${tail.replaceAll("/", "%2F")}${end}`;
}

function adapt(operation: string, route: Route) {
  return (context: Context, pending: Pending): Promise<Reply> | Reply => {
    pending.operation = operation;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(context.request.params)) params[name] = decode(String(value));
    return route({ ...pending.call, params, body: context.request.requestBody });
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound();
  }
}

function notImplemented(context: Context): never {
  const { method, path } = context.request;
  throw new HttpError(501, `The local GitHub does not implement ${method.toUpperCase()} ${path}`);
}

function refuseInvalid(context: Context, pending: Pending): never {
  pending.operation = context.operation.operationId ?? "";
  const errors = context.validation.errors ?? [];
  if (errors.some((error) => error.instancePath.startsWith("/path"))) throw notFound();
  const lines = errors.slice(0, 10).map((error) => {
    const field = error.instancePath.replace(/^\/(?:requestBody|query)\/?/, "");
    return `${field === "" ? "" : `"${field}" `}${error.message ?? "is wrong"}`;
  });
  throw new HttpError(422, `Invalid request.\n\n${lines.join("\n")}`);
}

function errorReply(github: Github, error: unknown): Reply {
  if (error instanceof HttpError) {
    const errors = error.errors.length > 0 ? { errors: error.errors } : {};
    const { status, message } = error;
    return {
      status,
      body: { message, ...errors, documentation_url: DOCUMENTATION_URL, status: String(status) },
    };
  }
  github.log.error({ err: error }, "a request failed");
  return { status: 500, body: { message: "Server Error", documentation_url: DOCUMENTATION_URL } };
}

function checked(github: Github, operation: string, reply: Reply, throwViolations: boolean): Reply {
  if (github.validator === undefined || operation === "") return reply;
  // What is sent is what JSON makes of it, e.g. without undefined fields.
  const body: unknown = reply.body === undefined ? undefined : JSON.parse(JSON.stringify(reply.body));
  if (typeof reply.headers?.["content-type"] === "string") return reply;
  const problems = github.validator.response(operation, reply.status, body);
  if (problems.length === 0) return reply;
  github.log.error({ operation, status: reply.status, problems }, "answer does not fit its schema");
  return throwViolations ? { status: 500, body: { message: `${operation}: ${problems.join("; ")}` } } : reply;
}

function respond(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const { status, body } = reply;
  const raw = Buffer.isBuffer(body)
    ? body
    : body === undefined
      ? undefined
      : Buffer.from(JSON.stringify(body));
  const headers: Record<string, string> = {
    "x-github-media-type": "github.v3; format=json",
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "5000",
    ...(raw === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...reply.headers,
  };
  if (request.method === "GET" && status === 200 && raw !== undefined) {
    const etag = `"${createHash("sha1").update(raw).digest("hex")}"`;
    headers["etag"] = etag;
    if (request.headers["if-none-match"]?.replace(/^W\//, "") === etag) {
      response.writeHead(304, headers).end();
      return;
    }
  }
  if (raw !== undefined) headers["content-length"] = String(raw.length);
  response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : raw);
}
