import { randomBytes } from "node:crypto";
import { accountByLogin, installationFor } from "../accounts.ts";
import { grants, type Need } from "../access.ts";
import { bodyOf, findRepository, numberParam, param, type Call, type Reply, type Routes } from "../call.ts";
import { HttpError, notFound } from "../http-error.ts";
import { digestOf } from "../identity.ts";
import { paged } from "../paging.ts";
import type { Account, Installation } from "../records.ts";
import { appJson, installationJson } from "../representations/app.ts";
import { permissionsJson, repositoryJson } from "../representations/repository.ts";
import { timestamp } from "../time.ts";

const TOKEN_LIFE_MS = 3_600_000;

/** The app about itself, its installations and their tokens. */
export const appRoutes: Routes = {
  "apps/get-authenticated": (call) => {
    demandApp(call);
    return { status: 200, body: appJson(call.github) };
  },
  "apps/get-by-slug": (call) => {
    if (param(call, "app_slug") !== call.github.app.slug) throw notFound();
    return { status: 200, body: appJson(call.github) };
  },
  "apps/list-installations": (call) => {
    demandApp(call);
    const { items, headers } = paged(call, call.github.store.installations.list(0));
    return { status: 200, headers, body: items.map((each) => installationJson(call.github, each)) };
  },
  "apps/get-installation": (call) => {
    demandApp(call);
    return { status: 200, body: installationJson(call.github, installationParam(call)) };
  },
  "apps/get-org-installation": (call) => ofAccount(call, accountByLogin(call.github, param(call, "org"))),
  "apps/get-user-installation": (call) =>
    ofAccount(call, accountByLogin(call.github, param(call, "username"))),
  "apps/get-repo-installation": (call) => {
    demandApp(call);
    const repository = findRepository(call.github, param(call, "owner"), param(call, "repo"));
    return {
      status: 200,
      body: installationJson(call.github, installationFor(call.github, repository.ownerId)),
    };
  },
  "apps/create-installation-access-token": createToken,
  "apps/revoke-installation-access-token": (call) => {
    if (call.identity.kind !== "installation") throw new HttpError(401, "Bad credentials");
    call.github.store.installationTokens.delete(call.identity.token.id);
    return { status: 204 };
  },
  "apps/list-repos-accessible-to-installation": listRepositories,
};

/** Refuses everyone but the app itself (by its JSON web token). */
export function demandApp(call: Call): void {
  if (call.identity.kind !== "app") throw new HttpError(401, "A JSON web token could not be decoded");
}

function installationParam(call: Call): Installation {
  const found = call.github.store.installations.get(numberParam(call, "installation_id"));
  if (found === undefined) throw notFound();
  return found;
}

function ofAccount(call: Call, account: Account | undefined): Reply {
  demandApp(call);
  const found = account && call.github.store.installations.find(0, String(account.id));
  if (found === undefined) throw notFound();
  return { status: 200, body: installationJson(call.github, found) };
}

function createToken(call: Call): Reply {
  demandApp(call);
  const { github } = call;
  const installation = installationParam(call);
  const body = bodyOf<{
    repositories: string[];
    repository_ids: number[];
    permissions: Record<string, string>;
  }>(call);
  const own = github.store.repositories.list(0).filter((each) => each.ownerId === installation.accountId);
  const names = body.repositories?.map((name) => name.toLowerCase());
  const picked =
    names === undefined && body.repository_ids === undefined
      ? null
      : own.filter(
          (each) => names?.includes(each.name.toLowerCase()) || body.repository_ids?.includes(each.id),
        );
  const asked = (names?.length ?? 0) + (body.repository_ids?.length ?? 0);
  if (picked !== null && picked.length < asked) {
    throw new HttpError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const permissions = { metadata: "read", ...narrowed(github.app.permissions, body.permissions) };
  const token = `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`;
  const expiresAtMs = github.now() + TOKEN_LIFE_MS;
  forgetExpired(call);
  github.store.installationTokens.add({
    digest: digestOf(token),
    installationId: installation.id,
    expiresAtMs,
    permissions,
    repositoryIds: picked?.map((each) => each.id) ?? null,
  });
  return {
    status: 201,
    body: {
      token,
      expires_at: timestamp(expiresAtMs),
      permissions,
      repository_selection: picked === null ? "all" : "selected",
      ...(picked === null ? {} : { repositories: picked.map((each) => repositoryJson(github, each)) }),
    },
  };
}

function narrowed(
  granted: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (asked === undefined) return granted;
  for (const [name, level] of Object.entries(asked)) {
    const need: Need = `${name}:${level === "read" ? "read" : "write"}`;
    if (!grants(granted, need)) {
      throw new HttpError(422, "The permissions requested are not granted to this installation.");
    }
  }
  return asked;
}

function forgetExpired({ github }: Call): void {
  for (const token of github.store.installationTokens.list(0)) {
    if (token.expiresAtMs <= github.now()) github.store.installationTokens.delete(token.id);
  }
}

function listRepositories(call: Call): Reply {
  const { github, identity } = call;
  if (identity.kind !== "installation")
    throw new HttpError(403, "You must authenticate with an installation access token");
  const { token, installation } = identity;
  const all = github.store.repositories
    .list(0)
    .filter((each) => each.ownerId === installation.accountId)
    .filter((each) => token.repositoryIds === null || token.repositoryIds.includes(each.id));
  const { items, headers } = paged(call, all);
  const push = grants(token.permissions, "contents:write");
  const permissions = permissionsJson(push ? "write" : "read");
  return {
    status: 200,
    headers,
    body: {
      total_count: all.length,
      repository_selection: token.repositoryIds === null ? "all" : "selected",
      repositories: items.map((each) => ({ ...repositoryJson(github, each), permissions })),
    },
  };
}
