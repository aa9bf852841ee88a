import { unlink } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { actor } from "./accounts.ts";
import { demand } from "./access.ts";
import { findRepository } from "./call.ts";
import { ZERO, type RefChange } from "./git/bare-repository.ts";
import { runBackend, spoolBody } from "./git/http-backend.ts";
import type { Github } from "./github.ts";
import { HttpError } from "./http-error.ts";
import { identify } from "./identity.ts";
import { refsChanged, whileLocked } from "./ref-changes.ts";
import type { Repository } from "./records.ts";

/** Clone, fetch and push: the part of a URL behind `/<owner>/<repo>.git`, and the owner and repository in it. */
export type GitRequest = { owner: string; name: string; service: string; url: URL };

/** Says whether a URL is one of git's. */
export function gitRequest(url: URL): GitRequest | undefined {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(
    url.pathname,
  );
  const [, owner, name, service] = match ?? [];
  if (owner === undefined || name === undefined || service === undefined) return undefined;
  return { owner, name, service, url };
}

/** Serves git's own protocol by `git http-backend`. */
export async function serveGit(
  github: Github,
  request: IncomingMessage,
  response: ServerResponse,
  { owner, name, service, url }: GitRequest,
): Promise<void> {
  const pushing = service === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  const { identity, repository } = authorise(github, request, owner, name, pushing);
  const sender = actor(github, identity);
  const backend = {
    root: github.git.root,
    pathInfo: `/${repository.owner}/${repository.name}.git/${service}`,
    query: url.search.slice(1),
    user: identity.kind === "anonymous" ? "" : sender.login,
  };
  if (request.method !== "POST") {
    await runBackend(request, response, backend, undefined, () => Promise.resolve());
    return;
  }
  const body = await spoolBody(request, github.git.incoming);
  try {
    if (!pushing) {
      await runBackend(request, response, backend, body, () => Promise.resolve());
      return;
    }
    await whileLocked(github, repository, async () => {
      const git = github.git.at(repository);
      const before = await git.refs();
      await runBackend(request, response, backend, body, async () => {
        const changes = differences(before, await git.refs());
        if (changes.length > 0) await refsChanged({ github, repository, sender }, changes);
      });
    });
  } finally {
    await unlink(body).catch(() => undefined);
  }
}

function authorise(github: Github, request: IncomingMessage, owner: string, name: string, pushing: boolean) {
  const identity = identify(
    { store: github.store, userTokens: github.userTokens, appId: github.app.appId, appKey: github.appKey },
    request.headers.authorization,
    github.now(),
  );
  // Without a name and a token, git asks its user for them on 401 only.
  const unknown = (error: unknown) => {
    if (error instanceof HttpError && identity.kind === "anonymous")
      throw new HttpError(401, "Requires authentication");
    throw error;
  };
  let repository: Repository;
  try {
    repository = findRepository(github, owner, name);
    demand(
      identity,
      repository,
      pushing ? { app: ["contents:write"], user: "write" } : { app: ["contents:read"], user: "read" },
    );
  } catch (error) {
    return unknown(error);
  }
  if (pushing && repository.archived) throw new HttpError(403, "Repository was archived so is read-only.");
  return { identity, repository };
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((ref) => ({ ref, before: before.get(ref) ?? ZERO, after: after.get(ref) ?? ZERO }))
    .filter((change) => change.before !== change.after);
}
