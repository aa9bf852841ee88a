import { accountById } from "../accounts.ts";
import type { Github } from "../github.ts";
import type { CommitStatus, Deployment, DeploymentStatus, Repository } from "../records.ts";
import { simpleUser } from "./account.ts";
import { appJson } from "./app.ts";
import { nodeId, type Json } from "./json.ts";

export function deploymentJson(github: Github, repository: Repository, deployment: Deployment): Json {
  const url = `${github.urls.apiRepository(repository)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: simpleUser(github, accountById(github, deployment.creatorId)),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: github.urls.apiRepository(repository),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.byApp ? appJson(github) : null,
  };
}

export function deploymentStatusJson(github: Github, repository: Repository, status: DeploymentStatus): Json {
  const deployment = `${github.urls.apiRepository(repository)}/deployments/${status.deploymentId}`;
  return {
    url: `${deployment}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: simpleUser(github, accountById(github, status.creatorId)),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl ?? status.environmentUrl ?? `${github.urls.html(repository)}/deployments`,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: deployment,
    repository_url: github.urls.apiRepository(repository),
    ...(status.environmentUrl === null ? {} : { environment_url: status.environmentUrl }),
    ...(status.logUrl === null ? {} : { log_url: status.logUrl }),
    performed_via_github_app: status.byApp ? appJson(github) : null,
  };
}

/** A commit status (`status`). */
export function commitStatusJson(github: Github, repository: Repository, status: CommitStatus): Json {
  const creator = accountById(github, status.creatorId);
  return {
    url: `${github.urls.apiRepository(repository)}/statuses/${status.sha}`,
    avatar_url: `${github.urls.origin}/avatars/${creator.id}`,
    id: status.id,
    node_id: nodeId("Status", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: simpleUser(github, creator),
  };
}
