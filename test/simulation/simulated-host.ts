import type { EffectCache } from "#adapters/github/effect-cache.ts";
import type { OwnObject, createUpsert } from "#adapters/github/upsert.ts";
import { type CodeHost, CodeHostError, type PullRequest, type Repository } from "#domain/ports.ts";
import {
  type SimulatedGitHub,
  type SimulatedPull,
  type SimulatedRepository,
  changesOf,
} from "./simulated-github.ts";

/** One request to GitHub's API: it takes time, may fail, and may take effect although it failed. */
export type ApiCall = <T>(name: string, run: () => T) => Promise<T>;

const botName = "showrunner[bot]";

interface HostOptions {
  readonly github: SimulatedGitHub;
  readonly call: ApiCall;
  readonly effects: EffectCache;
  readonly createUpsert: typeof createUpsert;
  /** Told of every write, as "kind identity". */
  readonly wrote: (effect: string) => void;
}

/** The port over GitHub in memory. Objects of our own are brought about by what `createUpsert` gives, as in the product. */
export function simulatedHost({ github, call, effects, wrote, ...options }: HostOptions): CodeHost {
  const upsert = options.createUpsert(effects);
  const repositoryOf = (repository: Repository) => github.repository(repository.id);
  return {
    repositories: () =>
      call("list repositories", () =>
        [...github.repositories.values()].map(({ id, fullName, defaultBranch, pushes }) => ({
          id,
          fullName,
          defaultBranch,
          pushedAt: String(pushes),
          archived: false,
        })),
      ),
    branchHead: (repository, branch) =>
      call("get branch", () => repositoryOf(repository).branches.get(branch) ?? null),
    openPullRequests: (repository) =>
      call("list pulls", () => pullsOf(repositoryOf(repository)).filter((pull) => pull.state === "open")),
    pullRequest: (repository, number) =>
      call("get pull", () => {
        const pull = repositoryOf(repository).pulls.get(number);
        return pull ? asPullRequest(repositoryOf(repository), pull) : null;
      }),
    pullRequestsOfCommit: (repository, commit) =>
      call("list pulls of commit", () =>
        pullsOf(repositoryOf(repository)).filter(
          (pull) => pull.state === "merged" && pull.mergeCommit === commit,
        ),
      ),
    changedFiles: (repository, number) =>
      call("list files", () => {
        const found = repositoryOf(repository);
        const pull = found.pulls.get(number);
        if (!pull) throw new CodeHostError("terminal", "GitHub answered 404: no such pull request");
        return changesOf(found.commit(pull.headSha), found.commit(pull.forkSha)).map(({ path }) => path);
      }),

    upsertCheckRun: (repository, check) => upsert(ownCheck(github, call, repository, check, wrote)),
    endCheckRun: (repository, end) =>
      call("end check", () => {
        const found = github
          .repository(repository.id)
          .checks.find(({ check }) => isSameCheck(check, end) && check.outcome.status !== "completed");
        if (!found) return;
        const { title, summary } = end;
        found.check = {
          ...found.check,
          title,
          summary,
          outcome: { status: "completed", conclusion: "cancelled" },
        };
        wrote(`check ${repository.id} ${end.externalId}`);
      }),
    upsertComment: (repository, issue, marker, body) =>
      upsert(ownComment(github, call, repository, { issue, marker, body }, wrote)),
    upsertDeployment: (repository, deployment) =>
      upsert(ownDeployment(github, call, repository, deployment, wrote)),

    // Nor a campaign.
    commentOnce: () => Promise.reject(new Error("there is no campaign here")),
    mergeObstacles: () => Promise.reject(new Error("there is no campaign here")),
    upsertIssue: () => Promise.reject(new Error("there is no issue here")),

    async proposeChange(repository, { branch, baseCommit, files, title, body }) {
      const found = repositoryOf(repository);
      const opened = () => [...found.pulls.values()].find((pull) => pull.branch === branch)?.number ?? null;
      const known = await call("list pulls", opened);
      if (known !== null) return known;
      await call("create ref", () => {
        if (found.branches.has(branch)) return;
        const changes = files.map(({ path, ...file }) => ({
          path,
          content: "content" in file ? file.content : file.blob,
        }));
        const commit = github.newCommit(found, found.commit(baseCommit), changes, botName, title);
        github.moveBranch(found, branch, commit);
      });
      return call("create pull", () => {
        const open = [...found.pulls.values()].find(
          (pull) => pull.branch === branch && pull.state === "open",
        );
        // GitHub answers 422, and the adapter looks for what is there.
        if (open) return open.number;
        const pull = github.openPullFrom(found, branch, baseCommit, botName, `${title}\n${body}`);
        wrote(`pull ${repository.id} ${branch}`);
        return pull.number;
      });
    },

    async commitFiles(repository, branch, expectedHead, changes, message) {
      const found = repositoryOf(repository);
      const head = await call("get branch", () => found.branches.get(branch) ?? "");
      if (head !== expectedHead) return { kind: "moved", head };
      const commit = await call("create commit", () =>
        github.newCommit(found, found.commit(expectedHead), changes, botName, message),
      );
      if (commit.changed.size === 0) return { kind: "committed", commit: expectedHead };
      return call("update branch", () => {
        const newHead = found.branches.get(branch) ?? "";
        if (newHead !== expectedHead) return { kind: "moved", head: newHead };
        github.moveBranch(found, branch, commit);
        return { kind: "committed", commit: commit.sha };
      });
    },
    mergePullRequest: (repository, number, headSha) =>
      call("merge pull", () => {
        const found = repositoryOf(repository);
        const pull = found.pulls.get(number);
        if (pull?.state !== "open") return "refused";
        if (pull.headSha !== headSha) return "moved";
        github.mergePull(found, pull);
        return "merged";
      }),
    // Nobody comments here.
    issueComment: () => call("get comment", () => null),
    recentComments: () => call("list comments", () => []),
    ownReactions: () => call("list reactions", () => []),
    react: () => call("create reaction", () => undefined),
    permissionOf: () => call("get permission", () => "none" as const),
    gitAccess: () => Promise.reject(new Error("the simulation's mirrors need no access")),
  };
}

function pullsOf(repository: SimulatedRepository): PullRequest[] {
  return [...repository.pulls.values()].map((pull) => asPullRequest(repository, pull));
}

function asPullRequest(repository: SimulatedRepository, pull: SimulatedPull): PullRequest {
  const { number, title, author, state, mergeCommit, branch, headSha, baseSha } = pull;
  return {
    number,
    url: `https://github.test/${repository.fullName}/pull/${number}`,
    title,
    body: "",
    author,
    state,
    mergeCommit,
    base: { branch: repository.defaultBranch, sha: baseSha },
    head: { branch, sha: headSha, repositoryId: repository.id },
  };
}

function ownCheck(
  github: SimulatedGitHub,
  call: ApiCall,
  repository: Repository,
  check: Parameters<CodeHost["upsertCheckRun"]>[1],
  wrote: HostOptions["wrote"],
): OwnObject {
  const { checks } = github.repository(repository.id);
  return {
    key: `check:${repository.id}:${check.headSha}:${check.externalId}`,
    content: check,
    find: () => call("list checks", () => checks.find((one) => isSameCheck(one.check, check))?.id ?? null),
    create: () =>
      call("create check", () => {
        const id = github.newId();
        checks.push({ id, check });
        wrote(`check ${repository.id} ${check.externalId}`);
        return id;
      }),
    update: (remoteId) =>
      call("update check", () => {
        const found = checks.find((one) => one.id === remoteId);
        if (!found) return "gone";
        found.check = check;
        wrote(`check ${repository.id} ${check.externalId}`);
        return "updated";
      }),
  };
}

function isSameCheck(
  a: { readonly externalId: string; readonly headSha: string },
  b: { readonly externalId: string; readonly headSha: string },
): boolean {
  return a.externalId === b.externalId && a.headSha === b.headSha;
}

function ownComment(
  github: SimulatedGitHub,
  call: ApiCall,
  repository: Repository,
  { issue, marker, body }: { readonly issue: number; readonly marker: string; readonly body: string },
  wrote: HostOptions["wrote"],
): OwnObject {
  const { comments } = github.repository(repository.id);
  return {
    key: `comment:${repository.id}:${issue}:${marker}`,
    content: body,
    find: () =>
      call(
        "list comments",
        () => comments.find((one) => one.issue === issue && one.marker === marker)?.id ?? null,
      ),
    create: () =>
      call("create comment", () => {
        const id = github.newId();
        comments.push({ id, issue, marker, body });
        wrote(`comment ${repository.id}#${issue}`);
        return id;
      }),
    update: (remoteId) =>
      call("update comment", () => {
        const found = comments.find((one) => one.id === remoteId);
        if (!found) return "gone";
        found.body = body;
        wrote(`comment ${repository.id}#${issue}`);
        return "updated";
      }),
  };
}

function ownDeployment(
  github: SimulatedGitHub,
  call: ApiCall,
  repository: Repository,
  deployment: Parameters<CodeHost["upsertDeployment"]>[1],
  wrote: HostOptions["wrote"],
): OwnObject {
  const { deployments } = github.repository(repository.id);
  const { rolloutId, environment, sha, state, stateDescription } = deployment;
  const identity = `deployment ${repository.id} ${environment} ${rolloutId}`;
  const addStatus = (id: number) =>
    call("create deployment status", () => {
      const found = deployments.find((one) => one.id === id);
      if (!found) return "gone";
      found.state = state;
      found.description = stateDescription;
      wrote(identity);
      return "updated";
    });
  return {
    key: `deployment:${repository.id}:${environment}:${rolloutId}`,
    content: { sha, state, stateDescription },
    find: () =>
      call("list deployments", () => {
        const found = deployments.find(
          ({ deployment: one }) => one.rolloutId === rolloutId && one.environment === environment,
        );
        return found?.id ?? null;
      }),
    async create() {
      const created = await call("create deployment", () => {
        const id = github.newId();
        deployments.push({ id, deployment, state: "", description: "" });
        wrote(identity);
        return id;
      });
      await addStatus(created);
      return created;
    },
    update: async (remoteId) => ((await addStatus(remoteId)) === "gone" ? "gone" : "updated"),
  };
}
