import { accountById, botAccount } from "../accounts.ts";
import type { Github } from "../github.ts";
import type { Account, Installation } from "../records.ts";
import { simpleUser } from "./account.ts";
import { nodeId, type Json } from "./json.ts";

/** The app (`integration`). */
export function appJson(github: Github): Json {
  const { app, urls } = github;
  const bot = botAccount(github);
  return {
    id: app.appId,
    slug: app.slug,
    node_id: nodeId("App", app.appId),
    client_id: `Iv1.${String(app.appId).padStart(16, "0")}`,
    owner: simpleUser(github, bot),
    name: app.slug,
    description: null,
    external_url: app.webhookUrl,
    html_url: urls.htmlApp(app.slug),
    created_at: bot.createdAt,
    updated_at: bot.createdAt,
    permissions: { metadata: "read", ...app.permissions },
    events: app.events,
    installations_count: github.store.installations.list(0).length,
  };
}

/** GitHub's description of an installation asks for what a user and what an enterprise have, both at once. */
function installedOn(github: Github, account: Account): Json {
  return {
    ...simpleUser(github, account),
    name: account.name ?? account.login,
    slug: account.login,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

export function installationJson(github: Github, installation: Installation): Json {
  const { app, urls } = github;
  const account = accountById(github, installation.accountId);
  return {
    id: installation.id,
    client_id: `Iv1.${String(app.appId).padStart(16, "0")}`,
    account: installedOn(github, account),
    access_tokens_url: `${urls.api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${urls.api}/installation/repositories`,
    html_url: `${urls.origin}/settings/installations/${installation.id}`,
    app_id: app.appId,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.kind === "Organization" ? "Organization" : "User",
    permissions: { metadata: "read", ...app.permissions },
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    repository_selection: "all",
    suspended_by: null,
    suspended_at: null,
  };
}
