import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();
const found = (number: number) => host.codeHost.mergeObstacles(host.repository, number);

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("mergeObstacles", () => {
  it("finds none where nothing is in the way", async () => {
    const { number } = await host.newPullRequest({ "free.txt": "one" });
    expect(await found(number)).toEqual([]);
  });

  it("finds a conflict", async () => {
    const { number } = await host.newPullRequest({ "both.txt": "theirs" });
    const main = await host.newPullRequest({ "both.txt": "ours" });
    await host.codeHost.mergePullRequest(host.repository, main.number, main.sha);
    expect(await found(number)).toEqual([{ kind: "conflict" }]);
  });

  it("finds who asked for changes and did not take that back", async () => {
    const { number } = await host.newPullRequest({ "reviewed.txt": "one" });
    const review = (reviewer: typeof host.bob, event: "REQUEST_CHANGES" | "APPROVE" | "COMMENT") =>
      reviewer.rest.pulls.createReview({ ...REPO, pull_number: number, event, body: "see below" });
    await review(host.bob, "REQUEST_CHANGES");
    await review(host.bob, "COMMENT");
    expect(await found(number)).toEqual([{ kind: "changesRequested", by: ["bob"] }]);
    await review(host.bob, "APPROVE");
    expect(await found(number)).toEqual([]);
  });

  it("does not take our own failing check for somebody else's", async () => {
    const { number, sha } = await host.newPullRequest({ "checked.txt": "one" });
    await host.codeHost.upsertCheckRun(host.repository, {
      externalId: "x",
      name: "canary",
      headSha: sha,
      outcome: { status: "completed", conclusion: "failure" },
      title: "Worse",
      summary: "It is worse.",
      annotations: [],
      actions: [],
    });
    expect(await found(number)).toEqual([]);
  });

  it("finds that the branch's rules want more, when nothing else tells why", async () => {
    const { number } = await host.newPullRequest({ "ruled.txt": "one" });
    await host.alice.rest.repos.updateBranchProtection({
      ...REPO,
      branch: "main",
      required_status_checks: { strict: false, contexts: ["lint"] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    expect(await found(number)).toEqual([{ kind: "rules" }]);
    await host.alice.rest.repos.deleteBranchProtection({ ...REPO, branch: "main" });
  });

  it("tells of nothing for what is not open", async () => {
    const { number } = await host.newPullRequest({ "shut.txt": "one" });
    await host.alice.rest.pulls.update({ ...REPO, pull_number: number, state: "closed" });
    expect(await found(number)).toBeNull();
    expect(await found(9_999)).toBeNull();
  });
});
