import { inRepository, param, type Reply, type RepositoryCall, type Routes } from "../call.ts";
import { EMPTY_TREE } from "../git/bare-repository.ts";
import { diffFiles, type ChangedFile } from "../git/diff-files.ts";
import { isTreePath } from "../git/names.ts";
import { HttpError, notFound } from "../http-error.ts";
import { paged } from "../paging.ts";
import { isPull } from "../pulls.ts";
import { commitJson, commitsJson, fileJson } from "../representations/commit.ts";
import { pullSimpleJson } from "../representations/pull.ts";

const COMMITS_MAX = 10_000;
const COMPARED_COMMITS_MAX = 250;
const COMPARED_FILES_MAX = 300;

/** Commits, what they changed, and how two of them differ. */
export const commitRoutes: Routes = {
  "repos/list-commits": inRepository("contents:read", listCommits),
  "repos/get-commit": inRepository("contents:read", getCommit),
  "repos/compare-commits-with-basehead": inRepository("contents:read", compare),
  "repos/list-pull-requests-associated-with-commit": inRepository("pull_requests:read", pullsWithCommit),
};

/** A commit by branch, tag or id; 422 in GitHub's words when there is none. */
export async function demandCommit(call: RepositoryCall, name: string): Promise<string> {
  const found = await call.git.resolveCommit(name);
  if (found === undefined) throw new HttpError(422, `No commit found for SHA: ${name}`);
  return found;
}

async function listCommits(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git, query } = call;
  const asked = query.get("sha") || repository.defaultBranch;
  const tip = await git.resolveCommit(asked);
  if (tip === undefined) {
    if (repository.pushedAt === null) throw new HttpError(409, "Git Repository is empty.");
    throw notFound();
  }
  const path = query.get("path")?.replace(/^\/|\/$/g, "") || undefined;
  if (path !== undefined && !isTreePath(path)) return { status: 200, body: [] };
  const range = [...bound("since", query.get("since")), ...bound("until", query.get("until"))];
  const oids = await git.revList([`--max-count=${COMMITS_MAX}`, ...range, tip], path);
  const { items, headers } = paged(call, oids);
  return { status: 200, headers, body: await commitsJson(github, repository, git, items) };
}

function bound(option: string, time: string | null): string[] {
  return time !== null && !Number.isNaN(Date.parse(time))
    ? [`--${option}=${new Date(time).toISOString()}`]
    : [];
}

async function getCommit(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const commit = await git.mustCommit(await demandCommit(call, param(call, "ref")));
  if (call.accept.includes("application/vnd.github.sha")) {
    return { status: 200, body: Buffer.from(commit.oid), headers: { "content-type": "text/plain" } };
  }
  const files = await diffFiles(git.directory, commit.parents[0] ?? EMPTY_TREE, commit.oid);
  const { items, headers } = paged(call, files);
  return {
    status: 200,
    headers,
    body: {
      ...commitJson(github, repository, commit),
      stats: statsOf(files),
      files: items.map((file) => fileJson(github, repository, file, commit.oid)),
    },
  };
}

async function compare(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const [baseName = "", headName = "", rest] = param(call, "basehead").split("...");
  if (rest !== undefined) throw notFound();
  // `owner:branch` names a fork; without forks it can only be this repository.
  const own = (name: string) => name.replace(new RegExp(`^${repository.owner}:`, "i"), "");
  const [base, head] = await Promise.all([
    git.resolveCommit(own(baseName)),
    git.resolveCommit(own(headName)),
  ]);
  if (base === undefined || head === undefined) throw notFound();
  const mergeBase = await git.mergeBase(base, head);
  if (mergeBase === undefined)
    throw new HttpError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [ahead, behind, files] = await Promise.all([
    git.revList(["--reverse", "--topo-order", `--max-count=${COMMITS_MAX}`, head, `^${base}`]),
    git.revList([`--max-count=${COMMITS_MAX}`, base, `^${head}`]),
    diffFiles(git.directory, mergeBase, head),
  ]);
  const html = `${github.urls.html(repository)}/compare/${base}...${head}`;
  const [first, common] = await commitsJson(github, repository, git, [base, mergeBase]);
  return {
    status: 200,
    body: {
      url: `${github.urls.apiRepository(repository)}/compare/${baseName}...${headName}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: first,
      merge_base_commit: common,
      status: statusOf(ahead.length, behind.length),
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: await commitsJson(github, repository, git, ahead.slice(0, COMPARED_COMMITS_MAX)),
      files: files.slice(0, COMPARED_FILES_MAX).map((file) => fileJson(github, repository, file, head)),
    },
  };
}

function statusOf(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return "diverged";
  if (ahead > 0) return "ahead";
  return behind > 0 ? "behind" : "identical";
}

function statsOf(files: readonly ChangedFile[]) {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return { additions, deletions, total: additions + deletions };
}

/** The merged pull request that brought a commit, or the open ones that hold it. */
async function pullsWithCommit(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const sha = await demandCommit(call, param(call, "commit_sha"));
  const pulls = github.store.issues.list(repository.id).filter(isPull);
  const held = await Promise.all(
    pulls.map(async ({ pull }) => {
      if (pull.merge?.sha === sha || pull.headSha === sha) return true;
      const own = await git.revList(["--max-count=250", pull.headSha, `^${pull.baseSha}`]);
      return own.includes(sha);
    }),
  );
  const { items, headers } = paged(
    call,
    pulls.filter((_, index) => held[index] === true),
  );
  return { status: 200, headers, body: items.map((issue) => pullSimpleJson(github, repository, issue)) };
}
