import { describe, expect, it } from "@jest/globals";
import { codeHostFailure } from "#adapters/github/code-host-failure.ts";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Clients of one class, the time, and how many requests they sent; each is answered 429 with a minute to wait. */
function limitedHost(pacing: "polite" | "unpaced") {
  const host = { nowMs: 1_000_000, requests: 0, client: () => new Paced(options) };
  const Paced = pacedOctokit(pacing, { now: () => host.nowMs });
  const options = {
    auth: { token: "x" },
    log: silent,
    request: {
      fetch: async () => {
        host.requests += 1;
        const body = { message: "You have exceeded a secondary rate limit" };
        return Response.json(body, { status: 429, headers: { "retry-after": "60" } });
      },
    },
  };
  return host;
}

describe("pacedOctokit", () => {
  it.each(["polite", "unpaced"] as const)("sends a failing request once when %s", async (pacing) => {
    const host = limitedHost(pacing);
    await expect(host.client().rest.meta.root()).rejects.toMatchObject({ status: 429 });
    expect(host.requests).toBe(1);
  });

  it.each(["polite", "unpaced"] as const)(
    "sends nothing from any client before the time to come back when %s",
    async (pacing) => {
      const host = limitedHost(pacing);
      await expect(host.client().rest.meta.root()).rejects.toThrow();
      host.nowMs += 59_000;
      const failure: unknown = await host
        .client()
        .rest.meta.get()
        .catch((error: unknown) => error);
      expect(codeHostFailure(failure, host.nowMs)).toMatchObject({
        kind: "transient",
        retryAtMs: 1_060_000,
      });
      expect(host.requests).toBe(1);
      host.nowMs += 1_000;
      await expect(host.client().rest.meta.root()).rejects.toMatchObject({ status: 429 });
      expect(host.requests).toBe(2);
    },
  );
});
