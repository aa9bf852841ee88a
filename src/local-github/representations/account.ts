import type { Github } from "../github.ts";
import type { Account } from "../records.ts";
import { nodeId, type Json } from "./json.ts";

/** A user, organisation or bot as it appears inside other things (`simple-user`). */
export function simpleUser(github: Github, account: Account): Json {
  const { urls, app } = github;
  const url = urls.apiUser(account.login);
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.kind, account.id),
    avatar_url: `${urls.origin}/avatars/${account.id}`,
    gravatar_id: "",
    url,
    html_url: account.kind === "Bot" ? urls.htmlApp(app.slug) : urls.htmlUser(account.login),
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.kind,
    site_admin: account.admin,
    user_view_type: "public",
  };
}

/** A user by itself (`public-user`). */
export function publicUser(github: Github, account: Account): Json {
  return {
    ...simpleUser(github, account),
    name: account.name,
    company: null,
    blog: null,
    location: null,
    email: account.email,
    notification_email: account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

/** An organisation inside a webhook (`organization-simple-webhooks`). */
export function organizationSimple(github: Github, account: Account): Json {
  const url = `${github.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.kind, account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${github.urls.origin}/avatars/${account.id}`,
    description: account.name,
  };
}

/** An organisation by itself (`organization-full`). */
export function organizationFull(github: Github, account: Account): Json {
  return {
    ...organizationSimple(github, account),
    html_url: github.urls.htmlUser(account.login),
    has_organization_projects: false,
    has_repository_projects: false,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: account.kind,
    created_at: account.createdAt,
    updated_at: account.createdAt,
    archived_at: null,
  };
}
