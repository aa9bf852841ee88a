import type { ProbotOctokit } from "probot";
import { CodeHostError, type Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

/** Answers that are kept to ask again for nothing. */
const KEPT_MAX = 50_000;

/**
 * Asks GitHub whether a name still is the repository that is meant: after a rename, somebody else may have taken it.
 * An unchanged answer (304) does not count against the rate limit. Throws a transient `CodeHostError` when the name
 * belongs to another repository; the next discovery finds the new name.
 */
export function createNameCheck(): (octokit: ProbotOctokit, repository: Repository) => Promise<void> {
  const etags = new Map<string, string>();
  return async (octokit, repository) => {
    const key = `${repository.id} ${repository.fullName}`;
    const etag = etags.get(key);
    try {
      const { data, headers } = await octokit.rest.repos.get({
        ...ownerAndName(repository),
        ...(etag !== undefined && { headers: { "if-none-match": etag } }),
      });
      if (data.id !== repository.id)
        throw new CodeHostError("transient", `${repository.fullName} is the name of another repository now`);
      if (headers.etag !== undefined) etags.set(key, headers.etag);
      for (const oldest of etags.keys()) {
        if (etags.size <= KEPT_MAX) break;
        etags.delete(oldest);
      }
    } catch (error) {
      if (failedStatus(error) !== 304) throw error;
    }
  };
}
