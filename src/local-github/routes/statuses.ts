import { actor } from "../accounts.ts";
import { bodyOf, inRepository, must, param, type Reply, type RepositoryCall, type Routes } from "../call.ts";
import { emit } from "../events.ts";
import { paged } from "../paging.ts";
import type { CommitStatus } from "../records.ts";
import { simpleUser } from "../representations/account.ts";
import { commitJson } from "../representations/commit.ts";
import { commitStatusJson } from "../representations/deployment.ts";
import { repositoryJson } from "../representations/repository.ts";
import { timestamp } from "../time.ts";
import { demandCommit } from "./commits.ts";

/** Commit statuses: the older kind of check, which people may set too. */
export const statusRoutes: Routes = {
  "repos/create-commit-status": inRepository("statuses:write", create),
  "repos/list-commit-statuses-for-ref": inRepository("statuses:read", async (call) => {
    const sha = await demandCommit(call, param(call, "ref"));
    const all = call.github.store.statuses.list(call.repository.id, sha).toReversed();
    const { items, headers } = paged(call, all);
    return {
      status: 200,
      headers,
      body: items.map((each) => commitStatusJson(call.github, call.repository, each)),
    };
  }),
  "repos/get-combined-status-for-ref": inRepository("statuses:read", combined),
};

async function create(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git, identity } = call;
  const sha = await demandCommit(call, param(call, "sha"));
  const body = bodyOf<{ state: string; context: string; description: string; target_url: string }>(call);
  const sender = actor(github, identity);
  const status = github.store.statuses.add({
    repositoryId: repository.id,
    sha,
    state: must(body.state, "state"),
    context: body.context ?? "default",
    description: body.description ?? null,
    targetUrl: body.target_url ?? null,
    creatorId: sender.id,
    createdAt: timestamp(github.now()),
  });
  const json = commitStatusJson(github, repository, status);
  const branches = [...(await git.refs("refs/heads"))].filter(([, oid]) => oid === sha);
  const commit = commitJson(github, repository, await git.mustCommit(sha));
  emit({ github, repository, sender }, "status", {
    ...json,
    sha,
    name: `${repository.owner}/${repository.name}`,
    commit: {
      ...commit,
      author: commit["author"] ?? simpleUser(github, sender),
      committer: commit["committer"] ?? simpleUser(github, sender),
    },
    branches: branches.slice(0, 10).map(([ref, oid]) => ({
      name: ref.slice("refs/heads/".length),
      commit: { sha: oid, url: `${github.urls.apiRepository(repository)}/commits/${oid}` },
      protected: false,
    })),
  });
  return { status: 201, body: json };
}

async function combined(call: RepositoryCall): Promise<Reply> {
  const { github, repository } = call;
  const sha = await demandCommit(call, param(call, "ref"));
  const all = github.store.statuses.list(repository.id, sha);
  const newest = all.filter((each) => all.findLast((other) => other.context === each.context) === each);
  const { items, headers } = paged(call, newest);
  return {
    status: 200,
    headers,
    body: {
      state: stateOf(newest),
      statuses: items.map((each) => commitStatusJson(github, repository, each)),
      sha,
      total_count: newest.length,
      repository: repositoryJson(github, repository),
      commit_url: `${github.urls.apiRepository(repository)}/commits/${sha}`,
      url: `${github.urls.apiRepository(repository)}/commits/${sha}/status`,
    },
  };
}

function stateOf(statuses: readonly CommitStatus[]): string {
  if (statuses.some(({ state }) => state === "failure" || state === "error")) return "failure";
  return statuses.length > 0 && statuses.every(({ state }) => state === "success") ? "success" : "pending";
}
