import { describe, expect, it } from "@jest/globals";
import { codeHostFailure, failedStatus } from "#adapters/github/code-host-failure.ts";
import { CodeHostError } from "#domain/ports.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

function answer(status: number, headers: Record<string, string> = {}, message = "no"): Error {
  return Object.assign(new Error(message), { status, response: { headers } });
}

describe("codeHostFailure", () => {
  it.each<[string, Error, "transient" | "terminal", number | null]>([
    ["a server error", answer(502), "transient", null],
    ["a network that is down", answer(500), "transient", null],
    ["a conflict", answer(409), "transient", null],
    ["a token that is not known yet", answer(401), "transient", null],
    ["something absent", answer(404), "terminal", null],
    ["something gone", answer(410), "terminal", null],
    ["a refused content", answer(422), "terminal", null],
    ["a missing permission", answer(403, { "x-ratelimit-remaining": "4999" }), "terminal", null],
    ["429 with retry-after", answer(429, { "retry-after": "7" }), "transient", NOW_MS + 7_000],
    ["403 with retry-after", answer(403, { "retry-after": "7" }), "transient", NOW_MS + 7_000],
    [
      "an exhausted limit",
      answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW_MS / 1000 + 90) }),
      "transient",
      NOW_MS + 91_000,
    ],
    [
      "retry-after before the reset",
      answer(429, {
        "retry-after": "5",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(NOW_MS / 1000 + 90),
      }),
      "transient",
      NOW_MS + 5_000,
    ],
    ["429 without a word", answer(429), "transient", NOW_MS + 60_000],
    [
      "a secondary limit",
      answer(403, {}, "You have exceeded a secondary rate limit"),
      "transient",
      NOW_MS + 60_000,
    ],
    ["an absurd retry-after", answer(429, { "retry-after": "99999999" }), "transient", NOW_MS + 3_600_000],
    [
      "a reset in the past",
      answer(429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }),
      "transient",
      NOW_MS,
    ],
  ])("judges %s", (_name, error, kind, retryAtMs) => {
    const failure = codeHostFailure(error, NOW_MS);
    expect(failure).toBeInstanceOf(CodeHostError);
    expect(failure).toMatchObject({ kind, retryAtMs, cause: error });
  });

  it("leaves bugs and its own errors as they are", () => {
    const bug = new TypeError("x is not a function");
    expect(codeHostFailure(bug, NOW_MS)).toBe(bug);
    const own = new CodeHostError("terminal", "no");
    expect(codeHostFailure(own, NOW_MS)).toBe(own);
    expect(failedStatus(bug)).toBeNull();
  });
});
