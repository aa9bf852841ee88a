import { accountByAddress } from "../accounts.ts";
import type { BareRepository } from "../git/bare-repository.ts";
import type { Commit, Person } from "../git/commit.ts";
import type { ChangedFile } from "../git/diff-files.ts";
import type { Github } from "../github.ts";
import type { Repository } from "../records.ts";
import { timestamp } from "../time.ts";
import { simpleUser } from "./account.ts";
import { nodeId, type Json } from "./json.ts";

/** A commit of the Git Data API (`git-commit`). */
export function gitCommitJson(github: Github, repository: Repository, commit: Commit): Json {
  const url = github.urls.apiRepository(repository);
  const html = github.urls.html(repository);
  return {
    sha: commit.oid,
    node_id: nodeId("Commit", commit.oid),
    url: `${url}/git/commits/${commit.oid}`,
    html_url: `${html}/commit/${commit.oid}`,
    author: personJson(commit.author),
    committer: personJson(commit.committer),
    message: commit.message.trimEnd(),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => parentJson(github, repository, sha, "git/commits")),
    verification: verificationJson(github, repository, commit),
  };
}

/** A commit of the repository API (`commit`), without `stats` and `files`. */
export function commitJson(github: Github, repository: Repository, commit: Commit): Json {
  const url = github.urls.apiRepository(repository);
  return {
    sha: commit.oid,
    node_id: nodeId("Commit", commit.oid),
    commit: {
      author: personJson(commit.author),
      committer: personJson(commit.committer),
      message: commit.message.trimEnd(),
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.oid}`,
      comment_count: 0,
      verification: verificationJson(github, repository, commit),
    },
    url: `${url}/commits/${commit.oid}`,
    html_url: `${github.urls.html(repository)}/commit/${commit.oid}`,
    comments_url: `${url}/commits/${commit.oid}/comments`,
    author: userByAddress(github, commit.author.email),
    committer: userByAddress(github, commit.committer.email),
    parents: commit.parents.map((sha) => parentJson(github, repository, sha, "commits")),
  };
}

/** Many commits by id, in the order given. */
export async function commitsJson(
  github: Github,
  repository: Repository,
  git: BareRepository,
  oids: readonly string[],
): Promise<Json[]> {
  const commits = await Promise.all(oids.map((oid) => git.mustCommit(oid)));
  return commits.map((commit) => commitJson(github, repository, commit));
}

/** A changed file of a commit, comparison or pull request (`diff-entry`). */
export function fileJson(github: Github, repository: Repository, file: ChangedFile, sha: string): Json {
  const html = github.urls.html(repository);
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.oid === "0".repeat(40) ? null : file.oid,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${github.urls.apiRepository(repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

export function personJson(person: Person): Json {
  return { name: person.name, email: person.email, date: timestamp(person.timeMs) };
}

function parentJson(github: Github, repository: Repository, sha: string, kind: string): Json {
  return {
    sha,
    url: `${github.urls.apiRepository(repository)}/${kind}/${sha}`,
    html_url: `${github.urls.html(repository)}/commit/${sha}`,
  };
}

function userByAddress(github: Github, email: string): Json | null {
  const account = accountByAddress(github, email);
  return account === undefined ? null : simpleUser(github, account);
}

function verificationJson(github: Github, repository: Repository, commit: Commit): Json {
  const signed = github.store.signedCommits.count(repository.id, commit.oid) > 0;
  if (!signed)
    return { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };
  const verified_at = timestamp(commit.committer.timeMs);
  return {
    verified: true,
    reason: "valid",
    signature: "local-github",
    payload: `tree ${commit.tree}`,
    verified_at,
  };
}
