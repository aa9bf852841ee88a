import { describe, expect, it } from "@jest/globals";
import { pullRequestCheck } from "#app/presentation/pull-request-check.ts";
import { findingsComment } from "#app/presentation/sticky-comment.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";

const atMs = Date.parse("2026-11-02T10:00:00Z");
const digest = `sha256:${"ab".repeat(32)}`;

const valid: PullRequestFindings = {
  kind: "valid",
  warnings: [],
  plannedAtMs: atMs,
  scripts: [
    {
      name: "artwork",
      version: "4",
      change: {
        kind: "rollout",
        digest,
        plan: {
          waves: [
            { regions: ["eu-west-1"], startsAtMs: atMs, endsAtMs: atMs + 28_000 },
            { regions: ["us-east-1", "us-west-2"], startsAtMs: atMs + 28_000, endsAtMs: atMs + 56_000 },
          ],
          completesByMs: atMs + 56_000,
        },
        canary: { kind: "none", reason: "a first release has nothing to be compared with", onDemand: null },
      },
    },
  ],
};

const invalid: PullRequestFindings = {
  kind: "invalid",
  scripts: ["artwork@4"],
  problems: [
    {
      file: "showrunner.yaml",
      line: 14,
      column: 26,
      severity: "error",
      code: "unknown-region",
      message: 'There is no region "us-wst-2" <b>@everyone</b>',
      fix: "us-west-2",
    },
  ],
};

describe("pullRequestCheck", () => {
  it("promises in its title when the change will be everywhere", () => {
    const check = pullRequestCheck(valid, "f".repeat(40), "x");
    expect(check.title).toBe("Valid · artwork@4 · everywhere within 56 s of the merge");
    expect(check.outcome).toEqual({ status: "completed", conclusion: "success" });
    expect(check.summary).toContain(
      "| 2 | `us-east-1`, `us-west-2` | 28 s after the merge | 56 s after the merge |",
    );
  });

  it("annotates every problem at its line and column and fails", () => {
    const check = pullRequestCheck(invalid, "f".repeat(40), "x");
    expect(check.outcome).toEqual({ status: "completed", conclusion: "failure" });
    expect(check.annotations).toEqual([
      expect.objectContaining({
        path: "showrunner.yaml",
        startLine: 14,
        startColumn: 26,
        level: "failure",
        title: "unknown-region",
      }),
    ]);
  });

  it("passes at once where no script is touched, without a comment", () => {
    expect(pullRequestCheck({ kind: "unaffected" }, "f".repeat(40), "x").outcome).toMatchObject({
      conclusion: "success",
    });
    expect(findingsComment({ kind: "unaffected" })).toBeNull();
  });
});

describe("findingsComment", () => {
  it.each([
    ["a plan", valid],
    ["a problem", invalid],
  ])("has at most 15 visible lines for %s", (_name, findings) => {
    const visible = findingsComment(findings)?.replace(/<details>[\s\S]*<\/details>/, "") ?? "";
    expect(visible.split("\n").length).toBeLessThanOrEqual(15);
  });

  it("makes mentions and markup from the repository inert", () => {
    const comment = findingsComment(invalid) ?? "";
    expect(comment).not.toContain("<b>");
    expect(comment).not.toMatch(/(^|[^\w`\u200b])@everyone/);
  });
});
