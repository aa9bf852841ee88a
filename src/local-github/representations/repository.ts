import { accountById } from "../accounts.ts";
import type { Github } from "../github.ts";
import type { Repository, Role } from "../records.ts";
import { simpleUser } from "./account.ts";
import { nodeId, type Json } from "./json.ts";

/** A repository with every field that GitHub's `full-repository`, `minimal-repository` and webhooks ask for. */
export function repositoryJson(github: Github, repository: Repository): Json {
  const { name, owner, openIssues } = repository;
  const html = github.urls.html(repository);
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name,
    full_name: `${owner}/${name}`,
    private: repository.private,
    owner: simpleUser(github, accountById(github, repository.ownerId)),
    html_url: html,
    description: repository.description,
    fork: false,
    ...addresses(github.urls.apiRepository(repository)),
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt ?? repository.createdAt,
    git_url: `git:${html.replace(/^https?:/, "")}.git`,
    ssh_url: `git@localhost:${owner}/${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    network_count: 0,
    subscribers_count: 0,
  };
}

/** How an author stands to a repository. */
export function associationOf(repository: Repository, accountId: number): string {
  return repository.ownerId === accountId ? "OWNER" : "CONTRIBUTOR";
}

/** What a role may do, as GitHub lists it. */
export function permissionsJson(role: Role): Json {
  const write = role === "write" || role === "admin";
  return {
    admin: role === "admin",
    maintain: role === "admin",
    push: write,
    triage: write,
    pull: role !== "none",
  };
}

function addresses(url: string): Json {
  return {
    url,
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
  };
}
