import type { IncomingMessage } from "node:http";
import { demand } from "../access.ts";
import { actor } from "../accounts.ts";
import type { Call, Route } from "../call.ts";
import type { Github } from "../github.ts";
import { HttpError, notFound } from "../http-error.ts";
import type { Identity } from "../identity.ts";
import { readBody } from "../read-body.ts";
import type { Repository } from "../records.ts";
import { emitRun } from "../routes/checks.ts";
import { commentRoutes } from "../routes/comments.ts";
import { mergeRoutes } from "../routes/merge.ts";
import { pullRoutes } from "../routes/pulls.ts";

/** A comment may have 65,536 characters, and a form may need three bytes for each of a character's bytes. */
const FORM_BYTES_MAX = 1024 * 1024;

/** What came of a button or form: where the browser goes next, or the answer for a program. */
export type Acted =
  | { readonly kind: "seeOther"; readonly path: string }
  | { readonly kind: "pressed"; readonly identifier: string };

/** Does what a form of the pages asks for, through the same routes as the REST API, in the viewer's own name. */
export async function act(
  github: Github,
  identity: Identity,
  repository: Repository,
  [kind = "", id = "", verb = ""]: readonly string[],
  request: IncomingMessage,
): Promise<Acted> {
  refuseForeignForms(request);
  if (identity.kind !== "user") throw new HttpError(401, "Requires authentication");
  const fields = fieldsOf(await readBody(request, FORM_BYTES_MAX), request.headers["content-type"] ?? "");
  if (kind === "checks" && verb === "actions") return press(github, identity, repository, id, fields);
  if (kind !== "pull" || !/^\d{1,9}$/.test(id)) throw notFound();
  const call: Omit<Call, "body"> = {
    github,
    identity,
    params: { owner: repository.owner, repo: repository.name, pull_number: id, issue_number: id },
    query: new URLSearchParams(),
    accept: "application/json",
    url: github.urls.html(repository),
  };
  const path = `/${repository.owner}/${repository.name}/pull/${id}`;
  switch (verb) {
    case "comments":
      await run(commentRoutes["issues/create-comment"], {
        ...call,
        body: { body: fields.get("body") ?? "" },
      });
      return { kind: "seeOther", path: `${path}#comments` };
    case "merge":
      await run(mergeRoutes["pulls/merge"], { ...call, body: { sha: fields.get("sha") ?? "" } });
      return { kind: "seeOther", path };
    case "state": {
      const state = fields.get("state") === "open" ? "open" : "closed";
      await run(pullRoutes["pulls/update"], { ...call, body: { state } });
      return { kind: "seeOther", path };
    }
    default:
      throw notFound();
  }
}

async function run(route: Route | undefined, call: Call): Promise<void> {
  if (route === undefined) throw notFound();
  await route(call);
}

/** `POST /<owner>/<repo>/checks/<id>/actions` with `identifier`: what the button on GitHub's page does. */
function press(
  github: Github,
  identity: Identity,
  repository: Repository,
  id: string,
  fields: URLSearchParams,
): Acted {
  demand(identity, repository, { app: ["checks:write"], user: "write" });
  const found = github.store.checkRuns.get(Number(id));
  if (found?.repositoryId !== repository.id) throw notFound();
  const identifier = fields.get("identifier") ?? "";
  if (!found.actions.some((action) => action.identifier === identifier))
    throw new HttpError(422, "No such action");
  const scene = { github, repository, sender: actor(github, identity) };
  emitRun(scene, "check-run-requested-action", found, { requested_action: { identifier } });
  const back = fields.get("back");
  return back !== null && isOwnPath(back)
    ? { kind: "seeOther", path: back }
    : { kind: "pressed", identifier };
}

/** A path of this server: not the address of another one, written so that it looks like a path. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])[^\\\s]*$/.test(path);
}

/** Browsers send the remembered password with forms of foreign pages too; those name where they come from. */
function refuseForeignForms({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    throw new HttpError(403, "This form belongs to another page");
  }
}

function fieldsOf(body: Buffer, contentType: string): URLSearchParams {
  const text = body.toString("utf8");
  if (!contentType.includes("json")) return new URLSearchParams(text);
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
    return new URLSearchParams(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    throw new HttpError(400, "Problems parsing JSON");
  }
}
