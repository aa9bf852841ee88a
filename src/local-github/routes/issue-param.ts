import { numberParam, type RepositoryCall } from "../call.ts";
import { notFound } from "../http-error.ts";
import type { Issue } from "../records.ts";

/** Either permission is enough where something is both an issue and a pull request. */
export const ISSUE_READ = ["issues:read", "pull_requests:read"] as const;
export const ISSUE_WRITE = ["issues:write", "pull_requests:write"] as const;

/** The issue or pull request that the address names; 404 when there is none. */
export function issueParam(call: RepositoryCall): Issue {
  const found = call.github.store.issues.find(call.repository.id, String(numberParam(call, "issue_number")));
  if (found === undefined) throw notFound();
  return found;
}
