import type { ProbotOctokit } from "probot";
import { CodeHostError, type Deployment, type Repository } from "#domain/ports.ts";
import { boundedLine } from "./bounded-text.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";
import type { OwnObject } from "./upsert.ts";

const DESCRIPTION_CHARACTERS_MAX = 140;
const DEPLOYMENTS_MAX = 1_000;

/** The deployment of a rollout to a region, with its newest status. A status is added only when it says something new. */
export function ownDeployment(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  deployment: Deployment,
): OwnObject {
  const where = ownerAndName(repository);
  const { environment, rolloutId, sha, state } = deployment;
  const description = boundedLine(deployment.stateDescription, DESCRIPTION_CHARACTERS_MAX);
  const addStatus = async (deploymentId: number): Promise<void> => {
    await octokit.rest.repos.createDeploymentStatus({
      ...where,
      deployment_id: deploymentId,
      state,
      description,
      // One environment holds many scripts; the success of one says nothing of the others.
      auto_inactive: false,
    });
  };
  return {
    key: `deployment:${repository.id}:${environment}:${rolloutId}`,
    content: { sha, state, description },
    find: () => find(octokit, botLogin, where, deployment),
    async create() {
      const { data } = await octokit.rest.repos.createDeployment({
        ...where,
        ref: sha,
        environment,
        description: boundedLine(deployment.description, DESCRIPTION_CHARACTERS_MAX),
        payload: { rolloutId },
        auto_merge: false,
        required_contexts: [],
        transient_environment: false,
      });
      if (!("id" in data))
        throw new CodeHostError("terminal", `GitHub made no deployment: ${data.message ?? ""}`);
      await addStatus(data.id);
      return data.id;
    },
    async update(deploymentId) {
      try {
        const query = { ...where, deployment_id: deploymentId, per_page: 1 };
        const { data } = await octokit.rest.repos.listDeploymentStatuses(query);
        const newest = data[0];
        if (newest?.state !== state || newest.description !== description) await addStatus(deploymentId);
        return "updated";
      } catch (error) {
        if (failedStatus(error) === 404) return "gone";
        throw error;
      }
    },
  };
}

async function find(
  octokit: ProbotOctokit,
  botLogin: string,
  where: { owner: string; repo: string },
  { environment, rolloutId, sha }: Deployment,
): Promise<number | null> {
  let seen = 0;
  const query = { ...where, sha, environment, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.repos.listDeployments, query)) {
    const own = page.data.find(
      (one) => one.creator?.login === botLogin && rolloutOf(one.payload) === rolloutId,
    );
    if (own !== undefined) return own.id;
    seen += page.data.length;
    if (seen >= DEPLOYMENTS_MAX) break;
  }
  return null;
}

/** GitHub gives a payload back as an object or as its JSON text. */
function rolloutOf(payload: unknown): unknown {
  if (typeof payload === "string") {
    try {
      return rolloutOf(JSON.parse(payload) as unknown);
    } catch {
      return null;
    }
  }
  return typeof payload === "object" && payload !== null && "rolloutId" in payload ? payload.rolloutId : null;
}
