import { accountByLogin, addAccount, installationFor } from "../accounts.ts";
import { canRead, roleOf } from "../access.ts";
import { installedRepositoryJson } from "../announce.ts";
import {
  bodyOf,
  inRepository,
  must,
  param,
  type Call,
  type Reply,
  type RepositoryCall,
  type Routes,
} from "../call.ts";
import { emit, send } from "../events.ts";
import { EMPTY_TREE, ZERO } from "../git/bare-repository.ts";
import { isOwnerName, isRepositoryName } from "../git/names.ts";
import { HttpError, invalid, notFound } from "../http-error.ts";
import type { Identity } from "../identity.ts";
import { freshRepository } from "../issues.ts";
import { paged } from "../paging.ts";
import { person } from "../pulls.ts";
import { changeRefs, whileLocked } from "../ref-changes.ts";
import type { Account, Repository, Role } from "../records.ts";
import { publicUser, simpleUser } from "../representations/account.ts";
import { installationJson } from "../representations/app.ts";
import { permissionsJson, repositoryJson } from "../representations/repository.ts";
import { repositoryKey } from "../store.ts";
import { timestamp } from "../time.ts";

type NewRepository = { name: string; description: string | null; private: boolean; auto_init: boolean };

/** Making, reading, changing and removing repositories, and who may do what in them. */
export const repositoryRoutes: Routes = {
  "repos/create-for-authenticated-user": (call) => createRepository(call, demandUser(call.identity)),
  "repos/create-in-org": (call) => createRepository(call, ownerOnDemand(call, param(call, "org"))),
  "repos/list-for-authenticated-user": (call) => {
    const account = demandUser(call.identity);
    return listRepositories(call, (each) => account.admin || each.ownerId === account.id);
  },
  "repos/list-for-org": (call) => listOwned(call, param(call, "org")),
  "repos/list-for-user": (call) => listOwned(call, param(call, "username")),
  "repos/get": inRepository("metadata:read", ({ github, identity, repository }) => {
    const permissions = permissionsJson(roleOf(identity, repository));
    return { status: 200, body: { ...repositoryJson(github, repository), permissions } };
  }),
  "repos/update": inRepository("administration:write", updateRepository),
  "repos/delete": inRepository("administration:write", deleteRepository),
  "repos/get-collaborator-permission-level": inRepository("metadata:read", collaboratorPermission),
  "repos/add-collaborator": inRepository("administration:write", addCollaborator),
};

function demandUser(identity: Identity): Account {
  if (identity.kind === "anonymous") throw new HttpError(401, "Requires authentication");
  if (identity.kind !== "user") throw new HttpError(403, "Resource not accessible by integration");
  return identity.account;
}

/** GitHub has no way to make an organisation by REST; here an administrator makes one by using it. */
function ownerOnDemand(call: Call, login: string): Account {
  const { github, identity } = call;
  const found = accountByLogin(github, login);
  if (identity.kind === "installation") {
    const own = found !== undefined && identity.installation.accountId === found.id;
    if (!own || identity.token.permissions["administration"] !== "write") {
      throw new HttpError(403, "Resource not accessible by integration");
    }
    return found;
  }
  const user = demandUser(identity);
  if (found !== undefined && (user.admin || found.id === user.id)) return found;
  if (!user.admin)
    throw found === undefined ? notFound() : new HttpError(403, "You need admin access to the organization");
  if (!isOwnerName(login)) throw notFound();
  return addAccount(github, { login, name: null, kind: "Organization" });
}

async function createRepository(call: Call, owner: Account): Promise<Reply> {
  const { github } = call;
  const body = bodyOf<NewRepository>(call);
  const name = must(body.name, "name");
  if (!isRepositoryName(name)) throw invalid("Repository", "name", "name is not a valid repository name");
  const sender = call.identity.kind === "user" ? call.identity.account : owner;
  return github.lock.run(`create/${repositoryKey(owner.login, name)}`, async () => {
    if (github.store.repositories.find(0, repositoryKey(owner.login, name)) !== undefined) {
      throw new HttpError(422, "Repository creation failed.", [
        {
          resource: "Repository",
          code: "custom",
          field: "name",
          message: "name already exists on this account",
        },
      ]);
    }
    // A folder without a record is left of a creation that a crash cut short.
    const git = github.git.at({ owner: owner.login, name });
    await git.remove();
    await git.create("main");
    const repository = github.store.repositories.add(newRecord(call, owner, name, body));
    const installation = installationFor(github, owner.id);
    emit({ github, repository, sender }, "repository-created", {});
    send(github, "installation-repositories-added", installation.id, repository.id, {
      action: "added",
      installation: installationJson(github, installation),
      repository_selection: "all",
      repositories_added: [installedRepositoryJson(repository)],
      repositories_removed: [],
      requester: null,
      sender: simpleUser(github, sender),
    });
    if (body.auto_init === true) await firstCommit(call, repository, sender);
    const permissions = permissionsJson(roleOf(call.identity, repository));
    const made = freshRepository(github, repository.id);
    return { status: 201, body: { ...repositoryJson(github, made), permissions } };
  });
}

function newRecord(
  call: Call,
  owner: Account,
  name: string,
  body: Partial<NewRepository>,
): Omit<Repository, "id"> {
  const now = timestamp(call.github.now());
  return {
    ownerId: owner.id,
    owner: owner.login,
    name,
    description: body.description ?? null,
    private: body.private === true,
    archived: false,
    defaultBranch: "main",
    lastNumber: 0,
    openIssues: 0,
    collaborators: {},
    protections: {},
    createdAt: now,
    updatedAt: now,
    pushedAt: null,
  };
}

async function firstCommit({ github }: Call, repository: Repository, sender: Account): Promise<void> {
  const git = github.git.at(repository);
  const text = `# ${repository.name}\n${repository.description === null ? "" : `${repository.description}\n`}`;
  const oid = await git.writeBlob(Buffer.from(text));
  const tree = await git.editTree(EMPTY_TREE, [{ path: "README.md", entry: { mode: "100644", oid } }]);
  const author = person(github, sender);
  const after = await git.writeCommit({
    tree,
    parents: [],
    author,
    committer: author,
    message: "Initial commit",
  });
  const change = { ref: `refs/heads/${repository.defaultBranch}`, before: ZERO, after };
  await whileLocked(github, repository, () => changeRefs({ github, repository, sender }, [change]));
}

function listOwned(call: Call, login: string): Reply {
  const account = accountByLogin(call.github, login);
  if (account === undefined) throw notFound();
  return listRepositories(call, (each) => each.ownerId === account.id);
}

function listRepositories(call: Call, wanted: (repository: Repository) => boolean): Reply {
  const { github, identity } = call;
  const all = github.store.repositories.list(0).filter((each) => wanted(each) && canRead(identity, each));
  const { items, headers } = paged(call, all);
  return { status: 200, headers, body: items.map((each) => repositoryJson(github, each)) };
}

async function updateRepository(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const body = bodyOf<{
    name: string;
    description: string;
    default_branch: string;
    archived: boolean;
    private: boolean;
  }>(call);
  const branch = body.default_branch;
  if (branch !== undefined && branch !== repository.defaultBranch) {
    if ((await git.branch(branch)) === undefined) {
      throw invalid("Repository", "default_branch", `The branch ${branch} was not found.`);
    }
    await git.setHead(branch);
  }
  if (body.name !== undefined && body.name !== repository.name) await renameRepository(call, body.name);
  const fresh = freshRepository(github, repository.id);
  const changed = github.store.repositories.put({
    ...fresh,
    description: body.description === undefined ? fresh.description : body.description,
    defaultBranch: branch ?? fresh.defaultBranch,
    archived: body.archived ?? fresh.archived,
    private: body.private ?? fresh.private,
    updatedAt: timestamp(github.now()),
  });
  const changes = {
    ...(changed.defaultBranch === fresh.defaultBranch
      ? {}
      : { default_branch: { from: fresh.defaultBranch } }),
    ...(changed.description === fresh.description ? {} : { description: { from: fresh.description } }),
  };
  const sender =
    call.identity.kind === "user" ? call.identity.account : github.store.accounts.get(fresh.ownerId);
  if (Object.keys(changes).length > 0 && sender !== undefined) {
    emit({ github, repository: changed, sender }, "repository-edited", { changes });
  }
  return { status: 200, body: repositoryJson(github, changed) };
}

/** The old name is free at once. Nobody is told: an app finds the new name where it looks the repository up by its id. */
async function renameRepository({ github, repository, git }: RepositoryCall, name: string): Promise<void> {
  if (!isRepositoryName(name)) throw invalid("Repository", "name", "name is not a valid repository name");
  await github.lock.run(`create/${repositoryKey(repository.owner, name)}`, () =>
    whileLocked(github, repository, async () => {
      if (github.store.repositories.find(0, repositoryKey(repository.owner, name)) !== undefined)
        throw invalid("Repository", "name", "name already exists on this account");
      await git.moveTo(github.git.at({ owner: repository.owner, name }));
      github.store.repositories.put({ ...freshRepository(github, repository.id), name });
    }),
  );
}

async function deleteRepository(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  await whileLocked(github, repository, async () => {
    const sender = github.store.accounts.get(repository.ownerId);
    if (sender !== undefined) emit({ github, repository, sender }, "repository-deleted", {});
    github.store.deleteRepository(repository.id);
    await git.remove();
  });
  return { status: 204 };
}

function collaboratorPermission(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const account = accountByLogin(github, param(call, "username"));
  if (account === undefined) throw notFound();
  const role: Role = account.kind === "Bot" ? "none" : roleOf({ kind: "user", account }, repository);
  const user = { ...publicUser(github, account), permissions: permissionsJson(role), role_name: role };
  return { status: 200, body: { permission: role, role_name: role, user } };
}

function addCollaborator(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const account = accountByLogin(github, param(call, "username"));
  if (account === undefined) throw notFound();
  const { permission = "push" } = bodyOf<{ permission: string }>(call);
  const roles: Record<string, Role> = {
    pull: "read",
    triage: "read",
    push: "write",
    maintain: "write",
    admin: "admin",
  };
  const role = roles[permission];
  if (role === undefined) throw invalid("Collaborator", "permission", "permission is not known");
  const fresh = freshRepository(github, repository.id);
  const collaborators = { ...fresh.collaborators, [account.login.toLowerCase()]: role };
  github.store.repositories.put({ ...fresh, collaborators });
  return { status: 204 };
}
