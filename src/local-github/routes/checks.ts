import {
  bodyOf,
  inRepository,
  must,
  numberParam,
  param,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { emit, type Scene } from "../events.ts";
import { HttpError, notFound } from "../http-error.ts";
import { paged } from "../paging.ts";
import type { Webhook } from "../openapi/used.ts";
import type { Annotation, CheckAction, CheckRun, CheckSuite } from "../records.ts";
import { annotationJson, checkRunJson, checkSuiteJson, pullsOfCommit } from "../representations/check.ts";
import type { Json } from "../representations/json.ts";
import { repositoryJson } from "../representations/repository.ts";
import { timestamp } from "../time.ts";
import { demandCommit } from "./commits.ts";

const ACTIONS_MAX = 3;
const ANNOTATIONS_MAX = 50;
const TEXT_CHARACTERS_MAX = 65_535;

type RunBody = {
  name: string;
  head_sha: string;
  details_url: string;
  external_id: string;
  status: string;
  started_at: string;
  conclusion: string;
  completed_at: string;
  output: { title?: string; summary?: string; text?: string; annotations?: Annotation[] };
  actions: CheckAction[];
};

/** Check runs, which only apps write, and the suites that hold them. */
export const checkRoutes: Routes = {
  "checks/create": inRepository("checks:write", create, "never"),
  "checks/update": inRepository("checks:write", update, "never"),
  "checks/get": inRepository("checks:read", (call) => ({
    status: 200,
    body: checkRunJson(call.github, call.repository, runParam(call)),
  })),
  "checks/list-annotations": inRepository("checks:read", (call) => {
    const run = runParam(call);
    const { items, headers } = paged(call, run.annotations);
    return {
      status: 200,
      headers,
      body: items.map((each) => annotationJson(call.github, call.repository, run, each)),
    };
  }),
  "checks/list-for-ref": inRepository("checks:read", async (call) => {
    const sha = await demandCommit(call, param(call, "ref"));
    return listed(call, call.github.store.checkRuns.list(call.repository.id, sha));
  }),
  "checks/list-for-suite": inRepository("checks:read", (call) => {
    const suite = suiteParam(call);
    return listed(call, call.github.store.checkRuns.list(call.repository.id, suite.headSha));
  }),
  "checks/get-suite": inRepository("checks:read", async (call) => ({
    status: 200,
    body: await suiteJson(call, suiteParam(call)),
  })),
  "checks/list-suites-for-ref": inRepository("checks:read", async (call) => {
    const sha = await demandCommit(call, param(call, "ref"));
    const all = call.github.store.checkSuites.list(call.repository.id, sha);
    const { items, headers } = paged(call, all);
    const check_suites = await Promise.all(items.map((suite) => suiteJson(call, suite)));
    return { status: 200, headers, body: { total_count: all.length, check_suites } };
  }),
  "checks/rerequest-run": inRepository(
    "checks:write",
    (call) => {
      emitRun(sceneOf(call), "check-run-rerequested", runParam(call));
      return { status: 201, body: {} };
    },
    "write",
  ),
};

/** Queues a `check_run` webhook. */
export function emitRun(scene: Scene, webhook: Webhook, run: CheckRun, extra: Json = {}): void {
  const { github, repository } = scene;
  const suite = github.store.checkSuites.get(run.suiteId);
  if (suite === undefined) throw new Error(`check suite ${run.suiteId} is gone`);
  const check_run = {
    ...checkRunJson(github, repository, run),
    check_suite: checkSuiteJson(github, repository, suite),
  };
  emit(scene, webhook, { check_run, ...extra });
}

/** A suite with its commit and repository, which webhooks leave out of it. */
async function suiteJson({ github, repository, git }: RepositoryCall, suite: CheckSuite): Promise<Json> {
  const commit = await git.mustCommit(suite.headSha);
  const { oid, tree, message, author, committer } = commit;
  return {
    ...checkSuiteJson(github, repository, suite),
    repository: repositoryJson(github, repository),
    head_commit: {
      id: oid,
      tree_id: tree,
      message: message.trimEnd(),
      timestamp: timestamp(committer.timeMs),
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
  };
}

function runParam(call: RepositoryCall): CheckRun {
  const found = call.github.store.checkRuns.get(numberParam(call, "check_run_id"));
  if (found?.repositoryId !== call.repository.id) throw notFound();
  return found;
}

function suiteParam(call: RepositoryCall): CheckSuite {
  const found = call.github.store.checkSuites.get(numberParam(call, "check_suite_id"));
  if (found?.repositoryId !== call.repository.id) throw notFound();
  return found;
}

/** GitHub shows the newest run of each name, unless all are asked for; the newest comes first. */
function listed(call: RepositoryCall, runs: readonly CheckRun[]): Reply {
  const { query, github, repository } = call;
  const name = query.get("check_name");
  const status = query.get("status");
  const appId = query.get("app_id");
  const wanted = runs
    .filter((run) => name === null || run.name === name)
    .filter((run) => status === null || run.status === status)
    .filter(() => appId === null || Number(appId) === github.app.appId)
    .filter((run) => query.get("filter") === "all" || runs.findLast((each) => each.name === run.name) === run)
    .toReversed();
  const { items, headers } = paged(call, wanted);
  const check_runs = items.map((run) => checkRunJson(github, repository, run));
  return { status: 200, headers, body: { total_count: wanted.length, check_runs } };
}

async function create(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const body = bodyOf<RunBody>(call);
  checkLimits(body);
  const headSha = must(body.head_sha, "head_sha");
  if ((await git.commit(headSha)) === undefined)
    throw new HttpError(422, `No commit found for SHA: ${headSha}`);
  const suite = await suiteFor(call, headSha);
  const run = github.store.checkRuns.add({
    repositoryId: repository.id,
    suiteId: suite.id,
    headSha,
    name: must(body.name, "name"),
    externalId: "",
    detailsUrl: null,
    startedAt: timestamp(github.now()),
    completedAt: null,
    status: "queued",
    conclusion: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
    ...changesOf(call, body, []),
  });
  emitRun(sceneOf(call), run.status === "completed" ? "check-run-completed" : "check-run-created", run);
  return { status: 201, body: checkRunJson(github, repository, run) };
}

function update(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const before = runParam(call);
  const body = bodyOf<RunBody>(call);
  checkLimits(body);
  const after = github.store.checkRuns.put({ ...before, ...changesOf(call, body, before.annotations) });
  if (after.status === "completed" && before.status !== "completed") {
    emitRun(sceneOf(call), "check-run-completed", after);
  }
  return { status: 200, body: checkRunJson(github, repository, after) };
}

/** What a body sets. Annotations add to those from before, which is how more than 50 are given. */
function changesOf(
  call: RepositoryCall,
  body: Partial<RunBody>,
  before: readonly Annotation[],
): Partial<CheckRun> {
  const now = timestamp(call.github.now());
  const { output } = body;
  const completed = body.conclusion !== undefined || body.status === "completed";
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.external_id === undefined ? {} : { externalId: body.external_id }),
    ...(body.details_url === undefined ? {} : { detailsUrl: body.details_url }),
    ...(body.started_at === undefined ? {} : { startedAt: timestamp(Date.parse(body.started_at)) }),
    ...(body.actions === undefined ? {} : { actions: body.actions }),
    ...(body.status === undefined ? {} : { status: body.status, conclusion: null, completedAt: null }),
    ...(completed
      ? {
          status: "completed",
          conclusion: body.conclusion ?? "neutral",
          completedAt: body.completed_at === undefined ? now : timestamp(Date.parse(body.completed_at)),
        }
      : {}),
    ...(output === undefined
      ? {}
      : {
          output: { title: output.title ?? null, summary: output.summary ?? null, text: output.text ?? null },
          annotations: [...before, ...(output.annotations ?? [])],
        }),
  };
}

/** Limits that GitHub documents, some of them only in words. */
function checkLimits(body: Partial<RunBody>): void {
  const { actions = [], output } = body;
  if (actions.length > ACTIONS_MAX)
    throw new HttpError(422, `Invalid request.\n\nNo more than ${ACTIONS_MAX} actions.`);
  const badAction = actions.some(
    (each) => tooLong(each.label, 20) || tooLong(each.description, 40) || tooLong(each.identifier, 20),
  );
  if (badAction) throw new HttpError(422, "Invalid request.\n\nAn action's text is too long.");
  if ((output?.annotations?.length ?? 0) > ANNOTATIONS_MAX) {
    throw new HttpError(422, `Invalid request.\n\nNo more than ${ANNOTATIONS_MAX} annotations.`);
  }
  if (tooLong(output?.summary, TEXT_CHARACTERS_MAX) || tooLong(output?.text, TEXT_CHARACTERS_MAX)) {
    throw new HttpError(422, `Only ${TEXT_CHARACTERS_MAX} characters are allowed; the output is too long.`);
  }
  if (body.status === "completed" && body.conclusion === undefined) {
    throw new HttpError(422, `Invalid request.\n\n"conclusion" wasn't supplied.`);
  }
}

function tooLong(text: string | undefined, charactersMax: number): boolean {
  return (text?.length ?? 0) > charactersMax;
}

async function suiteFor({ github, repository, git }: RepositoryCall, headSha: string): Promise<CheckSuite> {
  const branch = await branchAt(git, headSha, pullsOfCommit(github, repository, headSha)[0]?.pull.headRef);
  const known = github.store.checkSuites.find(repository.id, headSha);
  const now = timestamp(github.now());
  if (known !== undefined) return github.store.checkSuites.put({ ...known, updatedAt: now });
  const fields = { repositoryId: repository.id, headSha, headBranch: branch };
  return github.store.checkSuites.add({ ...fields, createdAt: now, updatedAt: now });
}

async function branchAt(
  git: RepositoryCall["git"],
  sha: string,
  guess: string | undefined,
): Promise<string | null> {
  if (guess !== undefined) return guess;
  const found = [...(await git.refs("refs/heads"))].find(([, oid]) => oid === sha);
  return found === undefined ? null : found[0].slice("refs/heads/".length);
}
