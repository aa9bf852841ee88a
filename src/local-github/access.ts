import { HttpError, notFound } from "./http-error.ts";
import type { Identity } from "./identity.ts";
import type { Repository, Role } from "./records.ts";

/** What an app needs for an operation on a repository, e.g. `checks:write`. */
export type Need = `${string}:${"read" | "write"}`;

/**
 * Any one of `app` is enough for an installation; `user` is the role a person needs, `never` for what
 * GitHub keeps for apps (creating check runs).
 */
export type Access = { app: readonly Need[]; user: "read" | "write" | "admin" | "never" };

const RANK: Record<Role, number> = { none: 0, read: 1, write: 2, admin: 3 };

/** A person's role on a repository; everybody may read a public one. */
export function roleOf(identity: Identity, repository: Repository): Role {
  const open: Role = repository.private ? "none" : "read";
  if (identity.kind !== "user") return open;
  const { account } = identity;
  if (account.admin || account.id === repository.ownerId) return "admin";
  return repository.collaborators[account.login.toLowerCase()] ?? open;
}

export function canRead(identity: Identity, repository: Repository): boolean {
  switch (identity.kind) {
    case "installation":
      return covers(identity, repository) || !repository.private;
    case "app":
      return true;
    case "anonymous":
    case "user":
      return RANK[roleOf(identity, repository)] >= RANK.read;
    default:
      return identity satisfies never;
  }
}

/** Throws 401, 403 or 404, as GitHub does, unless `identity` may do what needs `access`. */
export function demand(identity: Identity, repository: Repository, access: Access): void {
  if (!canRead(identity, repository)) throw notFound();
  switch (identity.kind) {
    case "installation":
      if (isPublicRead(access) && !repository.private) return;
      if (
        !covers(identity, repository) ||
        !access.app.some((need) => grants(identity.token.permissions, need))
      ) {
        throw new HttpError(403, "Resource not accessible by integration");
      }
      return;
    case "app":
      throw new HttpError(401, "A JSON web token is only good for the app's own endpoints");
    case "anonymous":
      if (access.user !== "read" || !isPublicRead(access))
        throw new HttpError(401, "Requires authentication");
      return;
    case "user":
      if (access.user === "never") throw new HttpError(403, "You must authenticate via a GitHub App.");
      if (RANK[roleOf(identity, repository)] >= RANK[access.user]) return;
      throw new HttpError(403, `Must have ${access.user} rights to Repository.`);
    default:
      identity satisfies never;
  }
}

/** Whether granted permissions include a need; write includes read, and everyone has `metadata:read`. */
export function grants(permissions: Readonly<Record<string, string>>, need: Need): boolean {
  const [name = "", level = ""] = need.split(":");
  if (need === "metadata:read") return true;
  const granted = permissions[name];
  return granted === "write" || granted === "admin" || granted === level;
}

function covers(identity: Identity & { kind: "installation" }, repository: Repository): boolean {
  const { installation, token } = identity;
  if (installation.accountId !== repository.ownerId) return false;
  return token.repositoryIds === null || token.repositoryIds.includes(repository.id);
}

function isPublicRead(access: Access): boolean {
  return access.user === "read" && access.app.every((need) => need.endsWith(":read"));
}
