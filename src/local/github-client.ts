import { Octokit } from "@octokit/rest";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** GitHub's REST API as one person; `origin` is the local GitHub's. Every request ends when `signal` fires. */
export function githubClient(origin: string, token: string, signal: AbortSignal): Octokit {
  return new Octokit({ baseUrl: `${origin}/api/v3`, auth: token, log: SILENT, request: { signal } });
}

/** Whether a request failed with this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && "status" in error && error.status === status;
}
