import { describe, expect, it } from "@jest/globals";
import { pacedOctokit } from "#adapters/github/paced-octokit.ts";

describe("pacedOctokit", () => {
  it.each(["polite", "unpaced"] as const)("sends a failing request once when %s", async (pacing) => {
    let requests = 0;
    const Paced = pacedOctokit(pacing);
    const octokit = new Paced({
      auth: { token: "x" },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      request: {
        fetch: async () => {
          requests += 1;
          return Response.json({ message: "You have exceeded a secondary rate limit" }, { status: 429 });
        },
      },
    });
    await expect(octokit.rest.meta.root()).rejects.toMatchObject({ status: 429 });
    expect(requests).toBe(1);
  });
});
