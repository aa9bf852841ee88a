import {
  bodyOf,
  inRepository,
  param,
  protectionOf,
  type Reply,
  type RepositoryCall,
  type Routes,
} from "../call.ts";
import { HttpError } from "../http-error.ts";
import { freshRepository } from "../issues.ts";
import { paged } from "../paging.ts";
import type { Protection } from "../records.ts";
import { commitJson } from "../representations/commit.ts";
import type { Json } from "../representations/json.ts";

type ChecksBody = { strict: boolean; contexts?: string[]; checks?: { context: string }[] } | null;

/** Branches, and the checks that must pass before something is merged into one. */
export const branchRoutes: Routes = {
  "repos/list-branches": inRepository("contents:read", listBranches),
  "repos/get-branch": inRepository("contents:read", getBranch),
  "repos/get-branch-protection": inRepository(
    "administration:read",
    (call) => {
      const branch = param(call, "branch");
      return { status: 200, body: protectionJson(call, branch, demandProtection(call, branch)) };
    },
    "admin",
  ),
  "repos/update-branch-protection": inRepository("administration:write", protect),
  "repos/delete-branch-protection": inRepository("administration:write", (call) => {
    const branch = param(call, "branch");
    demandProtection(call, branch);
    const fresh = freshRepository(call.github, call.repository.id);
    const { [branch]: _gone, ...protections } = fresh.protections;
    call.github.store.repositories.put({ ...fresh, protections });
    return { status: 204 };
  }),
};

async function listBranches(call: RepositoryCall): Promise<Reply> {
  const { repository, git, github } = call;
  const url = github.urls.apiRepository(repository);
  const { items, headers } = paged(call, [...(await git.refs("refs/heads"))]);
  const body = items.map(([ref, sha]) => {
    const name = ref.slice("refs/heads/".length);
    return {
      name,
      commit: { sha, url: `${url}/commits/${sha}` },
      protected: protectionOf(repository, name) !== undefined,
    };
  });
  return { status: 200, headers, body };
}

async function getBranch(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const name = param(call, "branch");
  const sha = await git.branch(name);
  if (sha === undefined) throw new HttpError(404, "Branch not found");
  const protection = protectionOf(repository, name);
  const url = `${github.urls.apiRepository(repository)}/branches/${encodeURIComponent(name)}`;
  return {
    status: 200,
    body: {
      name,
      commit: commitJson(github, repository, await git.mustCommit(sha)),
      _links: { html: `${github.urls.html(repository)}/tree/${encodeURIComponent(name)}`, self: url },
      protected: protection !== undefined,
      protection: {
        enabled: protection !== undefined,
        required_status_checks: {
          enforcement_level: protection === undefined ? "off" : "non_admins",
          contexts: protection?.contexts ?? [],
          checks: (protection?.contexts ?? []).map((context) => ({ context, app_id: null })),
        },
      },
      protection_url: `${url}/protection`,
    },
  };
}

async function protect(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const branch = param(call, "branch");
  if ((await git.branch(branch)) === undefined) throw new HttpError(404, "Branch not found");
  const body = bodyOf<{ required_status_checks: ChecksBody; enforce_admins: boolean | null }>(call);
  const checks = body.required_status_checks ?? null;
  const contexts = new Set([
    ...(checks?.contexts ?? []),
    ...(checks?.checks ?? []).map((check) => check.context),
  ]);
  const protection: Protection = {
    strict: checks?.strict ?? false,
    contexts: [...contexts],
    enforceAdmins: body.enforce_admins ?? false,
  };
  const fresh = freshRepository(github, repository.id);
  github.store.repositories.put({ ...fresh, protections: { ...fresh.protections, [branch]: protection } });
  return { status: 200, body: protectionJson(call, branch, protection) };
}

function demandProtection({ repository }: RepositoryCall, branch: string): Protection {
  const found = protectionOf(repository, branch);
  if (found === undefined) throw new HttpError(404, "Branch not protected");
  return found;
}

function protectionJson(
  { github, repository }: RepositoryCall,
  branch: string,
  protection: Protection,
): Json {
  const url = `${github.urls.apiRepository(repository)}/branches/${encodeURIComponent(branch)}/protection`;
  return {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: protection.strict,
      contexts: protection.contexts,
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: protection.contexts.map((context) => ({ context, app_id: null })),
    },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  };
}
