import { accountByLogin, botAccount } from "../accounts.ts";
import { param, type Call, type Reply, type Routes } from "../call.ts";
import { HttpError, notFound } from "../http-error.ts";
import { organizationFull, publicUser } from "../representations/account.ts";

/** Who is who, and what the server is. */
export const metaRoutes: Routes = {
  "meta/root": ({ github }) => ({ status: 200, body: rootJson(github.urls.api) }),
  "meta/get": () => ({ status: 200, body: { verifiable_password_authentication: false } }),
  "rate-limit/get": ({ github }) => {
    const limit = { limit: 5000, used: 0, remaining: 5000, reset: Math.floor(github.now() / 1000) + 3600 };
    const search = { ...limit, limit: 30, remaining: 30 };
    return { status: 200, body: { resources: { core: limit, search, graphql: limit }, rate: limit } };
  },
  "users/get-authenticated": (call) => {
    if (call.identity.kind === "anonymous") throw new HttpError(401, "Requires authentication");
    if (call.identity.kind !== "user") throw new HttpError(403, "Resource not accessible by integration");
    return { status: 200, body: publicUser(call.github, call.identity.account) };
  },
  "users/get-by-username": getUser,
  "orgs/get": (call) => {
    const account = accountByLogin(call.github, param(call, "org"));
    if (account?.kind !== "Organization") throw notFound();
    return { status: 200, body: organizationFull(call.github, account) };
  },
};

function getUser(call: Call): Reply {
  const login = param(call, "username");
  const bot = botAccount(call.github);
  const account = login === bot.login ? bot : accountByLogin(call.github, login);
  if (account === undefined) throw notFound();
  return { status: 200, body: publicUser(call.github, account) };
}

// GitHub's description asks for all of these, whether they are implemented or not.
function rootJson(api: string) {
  const names = [
    "authorizations",
    "code_search",
    "commit_search",
    "emails",
    "emojis",
    "events",
    "feeds",
    "followers",
  ];
  const more = [
    "following",
    "gists",
    "hub",
    "issue_search",
    "issues",
    "keys",
    "label_search",
    "notifications",
  ];
  const rest = [
    "organization_repositories",
    "organization_teams",
    "organization",
    "public_gists",
    "rate_limit",
  ];
  const last = [
    "repository_search",
    "repository",
    "current_user_repositories",
    "starred_gists",
    "starred",
    "topic_search",
    "user_organizations",
    "user_repositories",
    "user_search",
    "user",
  ];
  const all = [...names, ...more, ...rest, ...last].map((name) => [`${name}_url`, `${api}/${name}`]);
  return {
    ...Object.fromEntries(all),
    current_user_url: `${api}/user`,
    current_user_authorizations_html_url: `${api}/settings`,
  };
}
