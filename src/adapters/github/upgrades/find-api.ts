export type FoundApi =
  | { readonly kind: "found"; readonly url: string }
  | { readonly kind: "unreachable"; readonly reason: string };

const TIMEOUT_MS = 15_000;

/**
 * The REST API behind an address that people give with or without GitHub Enterprise's "/api/v3": the one under which a
 * repository is found. A server that knows the repository under neither is taken as given, and says so for each.
 */
export async function findApi(given: string, token: string, repository: string): Promise<FoundApi> {
  const base = given.replace(/\/+$/, "");
  const other = base.endsWith("/api/v3") ? base.slice(0, -"/api/v3".length) : `${base}/api/v3`;
  let refusal: string | null = null;
  for (const url of [base, other]) {
    const answer = await ask(`${url}/repos/${repository}`, token);
    if (answer.kind === "unreachable") return answer;
    if (answer.isApi) return { kind: "found", url };
    if (answer.status === 401) refusal = "it refuses the token (401)";
  }
  return refusal === null ? { kind: "found", url: base } : { kind: "unreachable", reason: refusal };
}

type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly isApi: boolean }
  | { readonly kind: "unreachable"; readonly reason: string };

async function ask(url: string, token: string): Promise<Answer> {
  const headers = {
    authorization: `token ${token}`,
    accept: "application/vnd.github+json",
    "user-agent": "showrunner",
  };
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    // A web server answers any path with a page.
    const isApi = (response.ok || response.status === 403 || response.status === 429) && isJsonObject(text);
    return { kind: "answered", status: response.status, isApi };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      kind: "unreachable",
      reason: cause instanceof Error ? cause.message || cause.name : "no reason given",
    };
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
