import type { Github } from "../github.ts";
import type { Annotation, CheckRun, CheckSuite, Pull, Repository } from "../records.ts";
import { appJson } from "./app.ts";
import { nodeId, type Json } from "./json.ts";
import { pullReferenceJson } from "./pull.ts";

/** A check run (`check-run`). */
export function checkRunJson(github: Github, repository: Repository, run: CheckRun): Json {
  const url = `${github.urls.apiRepository(repository)}/check-runs/${run.id}`;
  const html = `${github.urls.html(repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CheckRun", run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: appJson(github),
    pull_requests: pullsOfCommit(github, repository, run.headSha).map((it) =>
      pullReferenceJson(github, repository, it),
    ),
  };
}

/** A check suite: all of the app's runs on one commit (`check-suite`). */
export function checkSuiteJson(github: Github, repository: Repository, suite: CheckSuite): Json {
  const url = `${github.urls.apiRepository(repository)}/check-suites/${suite.id}`;
  const runs = github.store.checkRuns.list(repository.id, suite.headSha);
  const done = runs.every((run) => run.status === "completed");
  return {
    id: suite.id,
    node_id: nodeId("CheckSuite", suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: done ? "completed" : "in_progress",
    conclusion: done ? worst(runs) : null,
    url,
    before: null,
    after: suite.headSha,
    pull_requests: pullsOfCommit(github, repository, suite.headSha).map((it) =>
      pullReferenceJson(github, repository, it),
    ),
    app: appJson(github),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
  };
}

export function annotationJson(github: Github, repository: Repository, run: CheckRun, one: Annotation): Json {
  return {
    path: one.path,
    blob_href: `${github.urls.html(repository)}/blob/${run.headSha}/${encodeURI(one.path)}`,
    start_line: one.start_line,
    start_column: one.start_column ?? null,
    end_line: one.end_line,
    end_column: one.end_column ?? null,
    annotation_level: one.annotation_level,
    title: one.title ?? null,
    message: one.message,
    raw_details: one.raw_details ?? null,
  };
}

/** Open pull requests whose head is this commit. */
export function pullsOfCommit(github: Github, repository: Repository, sha: string): Pull[] {
  return github.store.issues
    .list(repository.id)
    .filter(
      (issue): issue is Pull => issue.pull !== null && issue.state === "open" && issue.pull.headSha === sha,
    );
}

function worst(runs: readonly CheckRun[]): string {
  const bad = ["failure", "timed_out", "cancelled", "action_required", "stale"];
  return bad.find((each) => runs.some((run) => run.conclusion === each)) ?? "success";
}
