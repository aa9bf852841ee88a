import { CodeHostError } from "#domain/ports.ts";

const WAIT_MS_DEFAULT = 60_000;
const WAIT_MS_MAX = 3_600_000;

/** What an answer of GitHub looks like when it is an error; Octokit's RequestError has this shape. */
interface FailedAnswer {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A failure of a request as the port's error. Rate limits are transient with the time to come back: `retry-after`, then
 * `x-ratelimit-reset`, else a minute (GitHub's own advice). One that Octokit wrapped is taken out. Bugs, which are no
 * answers, are returned as they are.
 */
export function codeHostFailure(error: unknown, nowMs: number): unknown {
  const known = error instanceof Error && error.cause instanceof CodeHostError ? error.cause : error;
  if (known instanceof CodeHostError) return known;
  const answer = failedAnswer(error);
  if (answer === null) return error;
  const message = `GitHub answered ${answer.status}: ${answer.message.slice(0, 500)}`;
  if (isRateLimit(answer))
    return withCause(new CodeHostError("transient", message, retryAtMs(answer, nowMs)), error);
  return withCause(new CodeHostError(kindOf(answer.status), message), error);
}

/** The HTTP status of a failed request; null when it is no answer at all. */
export function failedStatus(error: unknown): number | null {
  return failedAnswer(error)?.status ?? null;
}

function kindOf(status: number): "transient" | "terminal" {
  // 401: a clock that is off, or a token that was just made and is not known everywhere. 409: GitHub is still at it.
  if (status >= 500 || status === 401 || status === 408 || status === 409 || status === 429)
    return "transient";
  return "terminal";
}

function isRateLimit({ status, headers, message }: FailedAnswer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  const exhausted = headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined;
  return exhausted || /rate limit|abuse detection/i.test(message);
}

function retryAtMs({ headers }: FailedAnswer, nowMs: number): number {
  const waitS = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && Number.isFinite(waitS))
    return bounded(nowMs + waitS * 1000, nowMs);
  const resetS = Number(headers["x-ratelimit-reset"]);
  const exhausted = headers["x-ratelimit-remaining"] === "0";
  // One second more, because the reset is given in whole seconds.
  if (exhausted && Number.isFinite(resetS) && resetS > 0) return bounded(resetS * 1000 + 1000, nowMs);
  return nowMs + WAIT_MS_DEFAULT;
}

function bounded(atMs: number, nowMs: number): number {
  return Math.min(Math.max(atMs, nowMs), nowMs + WAIT_MS_MAX);
}

function failedAnswer(error: unknown): FailedAnswer | null {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return null;
  const response = "response" in error && isRecord(error.response) ? error.response : {};
  const headers = isRecord(response["headers"]) ? response["headers"] : {};
  return {
    status: error.status,
    message: error.message,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function withCause(error: CodeHostError, cause: unknown): CodeHostError {
  error.cause = cause;
  return error;
}
