import { describe, expect, it } from "@jest/globals";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { type MergedWork, unitStanding } from "#domain/campaign/unit-standing.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";

const mergedAtMs = 1_000_000;
const judgedUnchanged = {
  verdict: "pass",
  score: 100,
  reason: "",
  failing: null,
  headSha: "a",
  atMs: 0,
} as const;

function merged(isUnchanged: boolean): CampaignUnit {
  return {
    repositoryId: 1,
    repository: "acme/one",
    base: "main",
    look: null,
    pull: {
      number: 1,
      url: "",
      headSha: "a",
      version: "1.2.4",
      state: "merged",
      openedAtMs: 0,
      endedAtMs: mergedAtMs,
      evidence: null,
    },
    judged: { ...judgedUnchanged, isUnchanged },
  };
}

const completed: RolloutPhase = { kind: "completed", unproven: false };
const back: RolloutPhase = { kind: "rolledBack", reason: "errors", by: "showrunner", to: null };

describe("where a merged unit of a campaign stands", () => {
  it.each<[string, boolean, MergedWork, number, string]>([
    ["is shipped when its rollout is through", false, { rollouts: [completed], expected: 1 }, 1, "shipped"],
    [
      "rolls out until each of its scripts is through",
      false,
      { rollouts: [completed], expected: 2 },
      1,
      "rollingOut",
    ],
    ["is shipped when all are", false, { rollouts: [completed, completed], expected: 2 }, 1, "shipped"],
    [
      "does not wait for ever for what begins none",
      false,
      { rollouts: [completed], expected: 2 },
      120_000,
      "shipped",
    ],
    ["rolls out before anything has begun", false, { rollouts: [], expected: 0 }, 1, "rollingOut"],
    ["is shipped at once when nothing that runs changes", true, { rollouts: [], expected: 0 }, 1, "shipped"],
    [
      "is rolled back when one of its scripts was",
      false,
      { rollouts: [completed, back], expected: 2 },
      1,
      "rolledBack",
    ],
  ])("%s", (_, isUnchanged, work, afterMs, kind) => {
    const standing = unitStanding(
      merged(isUnchanged),
      { kind: "checking" },
      work,
      null,
      mergedAtMs + afterMs,
    );
    expect(standing.kind).toBe(kind);
  });
});
