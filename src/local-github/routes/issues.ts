import { accountById } from "../accounts.ts";
import {
  bodyOf,
  inRepository,
  must,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { emit } from "../events.ts";
import { changeIssue, openIssue } from "../issues.ts";
import { paged } from "../paging.ts";
import { dropTestMerge, emitPull, isPull } from "../pulls.ts";
import { issueJson } from "../representations/issue.ts";
import { ISSUE_READ, ISSUE_WRITE, issueParam } from "./issue-param.ts";
import { ensureLabels, labelNames, type GivenLabel } from "./labels.ts";

/** Issues; a pull request is one too. */
export const issueRoutes: Routes = {
  "issues/list-for-repo": inRepository(ISSUE_READ, list),
  "issues/create": inRepository("issues:write", create, "read"),
  "issues/get": inRepository(ISSUE_READ, (call) => ({
    status: 200,
    body: issueJson(call.github, call.repository, issueParam(call)),
  })),
  "issues/update": inRepository(ISSUE_WRITE, update),
};

function list(call: RepositoryCall): Reply {
  const { github, repository, query } = call;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter(Boolean);
  const creator = query.get("creator")?.toLowerCase();
  const wanted = github.store.issues
    .list(repository.id)
    .filter((issue) => state === "all" || issue.state === state)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)))
    .filter(
      (issue) => creator === undefined || accountById(github, issue.authorId).login.toLowerCase() === creator,
    );
  const { items, headers } = paged(call, query.get("direction") === "asc" ? wanted : wanted.toReversed());
  return { status: 200, headers, body: items.map((issue) => issueJson(github, repository, issue)) };
}

function create(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const body = bodyOf<{ title: string | number; body: string; labels: GivenLabel[] }>(call);
  const scene = sceneOf(call);
  const labels = ensureLabels(call, labelNames(body.labels ?? []));
  const title = String(must(body.title, "title"));
  const issue = openIssue(github, repository.id, scene.sender, {
    title,
    body: body.body ?? null,
    labels,
    pull: null,
  });
  const json = issueJson(github, repository, issue);
  emit(scene, "issues-opened", { issue: json });
  return { status: 201, body: json };
}

async function update(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const before = issueParam(call);
  const body = bodyOf<{
    title: string | number;
    body: string | null;
    state: "open" | "closed";
    labels: GivenLabel[];
  }>(call);
  const scene = sceneOf(call);
  const labels = body.labels === undefined ? undefined : ensureLabels(call, labelNames(body.labels));
  const after = changeIssue(github, before, scene.sender, (fresh) => ({
    title: body.title === undefined ? fresh.title : String(body.title),
    body: body.body === undefined ? fresh.body : body.body,
    state: fresh.pull?.merge == null ? (body.state ?? fresh.state) : fresh.state,
    labels: labels ?? fresh.labels,
  }));
  const json = issueJson(github, repository, after);
  const moved = after.state !== before.state;
  const changes = {
    ...(after.title === before.title ? {} : { title: { from: before.title } }),
    ...(after.body === before.body ? {} : { body: { from: before.body ?? "" } }),
  };
  const edited = Object.keys(changes).length > 0;
  if (isPull(after)) {
    if (after.state === "closed") await dropTestMerge(git, after);
    if (edited) await emitPull(scene, "pull-request-edited", after, { changes });
    if (moved)
      await emitPull(
        scene,
        after.state === "closed" ? "pull-request-closed" : "pull-request-reopened",
        after,
      );
  } else {
    if (edited) emit(scene, "issues-edited", { issue: json, changes });
    if (moved) emit(scene, after.state === "closed" ? "issues-closed" : "issues-reopened", { issue: json });
  }
  return { status: 200, body: json };
}
