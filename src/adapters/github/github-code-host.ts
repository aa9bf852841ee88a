import type { ProbotOctokit } from "probot";
import type { Clock, CodeHost, Repository } from "#domain/ports.ts";
import { ownCheckEnd, ownCheckRun } from "./check-runs.ts";
import { codeHostFailure } from "./code-host-failure.ts";
import { ownComment } from "./comments.ts";
import { branchHead, commitFiles } from "./commit-files.ts";
import { ownDeployment } from "./deployments.ts";
import type { EffectCache } from "./effect-cache.ts";
import { gitUrl } from "./git-url.ts";
import { issueComment, ownReactions, permissionOf, react, recentComments } from "./issue-comments.ts";
import { createInstallations, type Installations, type OctokitFor } from "./installations.ts";
import { ownIssue } from "./issues.ts";
import { createNameCheck } from "./name-check.ts";
import { mergeObstacles } from "./merge-obstacles.ts";
import { mergePullRequest } from "./merge-pull-request.ts";
import { changedFiles, openPullRequests, pullRequest, pullRequestsOfCommit } from "./pull-requests.ts";
import { proposeChange } from "./propose-change.ts";
import { createUpsert } from "./upsert.ts";

export interface GitHubCodeHostOptions {
  /** Probot's `auth`; how fast its clients go is `pacedOctokit`'s matter. */
  readonly octokitFor: OctokitFor;
  readonly effects: EffectCache;
  readonly clock: Clock;
}

/** GitHub, or a GitHub Enterprise Server, through the app's installations. */
export function createGitHubCodeHost({ octokitFor, effects, clock }: GitHubCodeHostOptions): CodeHost {
  const installations = createInstallations(octokitFor, clock);
  const upsert = createUpsert(effects);
  const demandSameRepository = createNameCheck();

  async function asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw codeHostFailure(error, clock.now());
    }
  }

  function askedOf<T>(repository: Repository, ask: (octokit: ProbotOctokit) => Promise<T>): Promise<T> {
    return asked(async () => ask(await installations.octokitOf(repository)));
  }

  return {
    repositories: () => asked(installations.repositories),
    branchHead: (repository, branch) =>
      askedOf(repository, (octokit) => branchHead(octokit, repository, branch)),
    openPullRequests: (repository) => askedOf(repository, (octokit) => openPullRequests(octokit, repository)),
    pullRequest: (repository, number) =>
      askedOf(repository, (octokit) => pullRequest(octokit, repository, number)),
    pullRequestsOfCommit: (repository, commit) =>
      askedOf(repository, (octokit) => pullRequestsOfCommit(octokit, repository, commit)),
    changedFiles: (repository, number) =>
      askedOf(repository, (octokit) => changedFiles(octokit, repository, number)),

    upsertCheckRun: (repository, check) =>
      askedOf(repository, async (octokit) => {
        const { id } = await installations.identity();
        return upsert(ownCheckRun(octokit, id, repository, check));
      }),

    endCheckRun: (repository, end) =>
      askedOf(repository, async (octokit) => {
        const { id } = await installations.identity();
        await upsert(ownCheckEnd(octokit, id, repository, end));
      }),

    mergeObstacles: (repository, number) =>
      askedOf(repository, async (octokit) => {
        const { id } = await installations.identity();
        return mergeObstacles(octokit, id, repository, number);
      }),

    mergePullRequest: (repository, number, headSha) =>
      askedOf(repository, (octokit) => mergePullRequest(octokit, repository, number, headSha)),

    upsertDeployment: (repository, deployment) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        return upsert(ownDeployment(octokit, botLogin, repository, deployment));
      }),

    proposeChange: (repository, request) =>
      askedOf(repository, (octokit) => proposeChange(octokit, repository, request)),

    ...conversation(askedOf, installations),
    ...ownTexts(askedOf, installations, upsert),

    commitFiles: (repository, branch, expectedHead, changes, message) =>
      askedOf(repository, (octokit) =>
        commitFiles(octokit, repository, branch, expectedHead, changes, message),
      ),

    gitAccess: (repository) =>
      asked(async () => {
        await demandSameRepository(await installations.octokitOf(repository), repository);
        const token = await installations.tokenOf(repository, "fetch");
        const octokit = await octokitFor();
        return {
          url: gitUrl(octokit.request.endpoint.DEFAULTS.baseUrl, repository.fullName),
          authorization: `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
        };
      }),
  };
}

type AskedOf = <T>(repository: Repository, ask: (octokit: ProbotOctokit) => Promise<T>) => Promise<T>;

/** Comments, reactions and who may write them. */
function conversation(
  askedOf: AskedOf,
  installations: Installations,
): Pick<CodeHost, "issueComment" | "recentComments" | "ownReactions" | "react" | "permissionOf"> {
  return {
    issueComment: (repository, commentId) =>
      askedOf(repository, (octokit) => issueComment(octokit, repository, commentId)),
    recentComments: (repository, sinceMs) =>
      askedOf(repository, (octokit) => recentComments(octokit, repository, sinceMs)),
    ownReactions: (repository, commentId) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        return ownReactions(octokit, botLogin, repository, commentId);
      }),
    react: (repository, commentId, reaction) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        await react(octokit, botLogin, repository, commentId, reaction);
      }),
    permissionOf: (repository, login) =>
      askedOf(repository, (octokit) => permissionOf(octokit, repository, login)),
  };
}

/** Comments and issues of our own. */
function ownTexts(
  askedOf: AskedOf,
  installations: Installations,
  upsert: ReturnType<typeof createUpsert>,
): Pick<CodeHost, "upsertComment" | "commentOnce" | "upsertIssue"> {
  return {
    upsertComment: (repository, issue, marker, body) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        return upsert(ownComment(octokit, botLogin, repository, issue, marker, body));
      }),
    commentOnce: (repository, issue, marker, body) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        const comment = ownComment(octokit, botLogin, repository, issue, marker, body);
        return upsert({ ...comment, update: () => Promise.resolve("updated") });
      }),
    upsertIssue: (repository, issue) =>
      askedOf(repository, async (octokit) => {
        const { botLogin } = await installations.identity();
        return upsert(ownIssue(octokit, botLogin, repository, issue));
      }),
  };
}
