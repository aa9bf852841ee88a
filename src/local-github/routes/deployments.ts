import {
  bodyOf,
  inRepository,
  must,
  numberParam,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { emit } from "../events.ts";
import { HttpError, notFound } from "../http-error.ts";
import { paged } from "../paging.ts";
import type { Deployment, DeploymentStatus } from "../records.ts";
import { deploymentJson, deploymentStatusJson } from "../representations/deployment.ts";
import { timestamp } from "../time.ts";

type NewDeployment = {
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: unknown;
  transient_environment: boolean;
  production_environment: boolean;
};

type NewStatus = {
  state: string;
  description: string;
  environment: string;
  environment_url: string;
  log_url: string;
  target_url: string;
  auto_inactive: boolean;
};

/** Deployments and how they go. */
export const deploymentRoutes: Routes = {
  "repos/create-deployment": inRepository("deployments:write", create),
  "repos/list-deployments": inRepository("deployments:read", list),
  "repos/get-deployment": inRepository("deployments:read", (call) => ({
    status: 200,
    body: deploymentJson(call.github, call.repository, deploymentParam(call)),
  })),
  "repos/create-deployment-status": inRepository("deployments:write", createStatus),
  "repos/list-deployment-statuses": inRepository("deployments:read", (call) => {
    const all = statusesOf(call, deploymentParam(call)).toReversed();
    const { items, headers } = paged(call, all);
    return {
      status: 200,
      headers,
      body: items.map((each) => deploymentStatusJson(call.github, call.repository, each)),
    };
  }),
  "repos/get-deployment-status": inRepository("deployments:read", (call) => {
    const wanted = numberParam(call, "status_id");
    const found = statusesOf(call, deploymentParam(call)).find((each) => each.id === wanted);
    if (found === undefined) throw notFound();
    return { status: 200, body: deploymentStatusJson(call.github, call.repository, found) };
  }),
};

function deploymentParam(call: RepositoryCall): Deployment {
  const found = call.github.store.deployments.get(numberParam(call, "deployment_id"));
  if (found?.repositoryId !== call.repository.id) throw notFound();
  return found;
}

function statusesOf(call: RepositoryCall, deployment: Deployment): DeploymentStatus[] {
  return call.github.store.deploymentStatuses.list(call.repository.id, String(deployment.id));
}

function list(call: RepositoryCall): Reply {
  const { github, repository, query } = call;
  const environment = query.get("environment") ?? "none";
  const all =
    environment === "none"
      ? github.store.deployments.list(repository.id)
      : github.store.deployments.list(repository.id, environment);
  const fits = (name: string, value: string) =>
    (query.get(name) ?? "none") === "none" || query.get(name) === value;
  const wanted = all
    .filter((each) => fits("sha", each.sha) && fits("ref", each.ref) && fits("task", each.task))
    .toReversed();
  const { items, headers } = paged(call, wanted);
  return { status: 200, headers, body: items.map((each) => deploymentJson(github, repository, each)) };
}

async function create(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git, identity } = call;
  const body = bodyOf<NewDeployment>(call);
  const ref = must(body.ref, "ref");
  const sha = await git.resolveCommit(ref);
  if (sha === undefined) throw new HttpError(422, `No ref found for: ${ref}`);
  const scene = sceneOf(call);
  const now = timestamp(github.now());
  const deployment = github.store.deployments.add({
    repositoryId: repository.id,
    sha,
    ref,
    task: body.task ?? "deploy",
    environment: body.environment ?? "production",
    description: body.description ?? null,
    payload: body.payload ?? {},
    transient: body.transient_environment ?? false,
    production: body.production_environment ?? (body.environment ?? "production") === "production",
    creatorId: scene.sender.id,
    byApp: identity.kind === "installation",
    createdAt: now,
    updatedAt: now,
  });
  const json = deploymentJson(github, repository, deployment);
  emit(scene, "deployment-created", { deployment: json, workflow: null, workflow_run: null });
  return { status: 201, body: json };
}

function createStatus(call: RepositoryCall): Reply {
  const { github, repository, identity } = call;
  const deployment = deploymentParam(call);
  const body = bodyOf<NewStatus>(call);
  const state = must(body.state, "state");
  if (state === "success" && body.auto_inactive !== false) retireOthers(call, deployment);
  const made = addStatus(call, deployment, {
    state,
    environment: body.environment ?? deployment.environment,
    description: body.description ?? "",
    environmentUrl: body.environment_url || null,
    logUrl: body.log_url || body.target_url || null,
    byApp: identity.kind === "installation",
  });
  return { status: 201, body: deploymentStatusJson(github, repository, made) };
}

type StatusFields = Pick<
  DeploymentStatus,
  "state" | "environment" | "description" | "environmentUrl" | "logUrl" | "byApp"
>;

function addStatus(call: RepositoryCall, deployment: Deployment, fields: StatusFields): DeploymentStatus {
  const { github, repository } = call;
  const scene = sceneOf(call);
  const createdAt = timestamp(github.now());
  const place = {
    repositoryId: repository.id,
    deploymentId: deployment.id,
    creatorId: scene.sender.id,
    createdAt,
  };
  const made = github.store.deploymentStatuses.add({ ...place, ...fields });
  const current = github.store.deployments.put({ ...deployment, updatedAt: createdAt });
  emit(scene, "deployment-status-created", {
    deployment_status: deploymentStatusJson(github, repository, made),
    deployment: deploymentJson(github, repository, current),
    check_run: null,
    workflow: null,
    workflow_run: null,
  });
  return made;
}

/** A success makes the earlier deployments of the same lasting, non-production environment inactive. */
function retireOthers(call: RepositoryCall, deployment: Deployment): void {
  const { github, repository, identity } = call;
  for (const other of github.store.deployments.list(repository.id, deployment.environment)) {
    if (other.id >= deployment.id || other.transient || other.production) continue;
    const last = statusesOf(call, other).at(-1);
    if (last === undefined || last.state !== "success") continue;
    const fields = {
      state: "inactive",
      environment: other.environment,
      description: "",
      environmentUrl: null,
      logUrl: null,
    };
    addStatus(call, other, { ...fields, byApp: identity.kind === "installation" });
  }
}
