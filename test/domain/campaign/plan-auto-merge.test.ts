import { describe, expect, it } from "@jest/globals";
import { type AutoMergeCandidate, planAutoMerge } from "#domain/campaign/plan-auto-merge.ts";
import type { CampaignUnit, UnitJudged } from "#domain/campaign/campaign-unit.ts";
import { upgradesPolicy } from "#domain/manifest/upgrades-policy.ts";

interface Given {
  readonly id?: number;
  readonly from?: string | null;
  readonly verdict?: UnitJudged["verdict"];
  readonly score?: number | null;
  readonly policies?: AutoMergeCandidate["policies"];
  readonly pull?: Partial<NonNullable<CampaignUnit["pull"]>>;
}

const patches = upgradesPolicy({ autoMerge: { minScore: 95 } });

function candidate(given: Given): AutoMergeCandidate {
  const { id = 1, from = "1.2.3", verdict = "pass", score = 100, policies = [patches], pull = {} } = given;
  const judged = { verdict, score, reason: "", failing: null, isUnchanged: false, headSha: "h", atMs: 0 };
  const unit: CampaignUnit = {
    repositoryId: id,
    repository: `acme/r${id}`,
    base: "main",
    look: {
      atMs: 0,
      head: "a",
      aim: "kit@1.2.4",
      result: { kind: "needed" },
      uses: [{ path: "package.json", kind: "dependency", declared: "^1.2.3", from }],
      versions: [],
      imports: [],
    },
    judged,
    pull: {
      number: id,
      url: "",
      headSha: "h",
      version: "1.2.4",
      state: "open",
      openedAtMs: 0,
      endedAtMs: null,
      evidence: null,
      ...pull,
    },
  };
  const standing = { kind: "judged" as const, judged };
  return {
    unit,
    standing,
    policies,
    key: `${id} main`,
    owner: "art",
    depth: 0,
    perMinute: id,
    openedAtMs: 0,
  };
}

const minors = upgradesPolicy({ autoMerge: { minScore: 95, upTo: "minor" } });

describe("what merges without a person", () => {
  it.each<[string, Given, boolean]>([
    ["a patch that passed with the score", {}, true],
    ["not one that scores less", { score: 94 }, false],
    ["not one that is only marginal", { verdict: "marginal", score: 96 }, false],
    ["not a minor one where patches may", { from: "1.1.9" }, false],
    ["a minor one where those may", { from: "1.1.9", policies: [minors] }, true],
    ["not a major one where minor ones may", { from: "0.9.0", policies: [minors] }, false],
    ["not one from nobody knows where", { from: null }, false],
    ["not one of scripts that do not all say so", { policies: [patches, null] }, false],
    ["not one of scripts without a policy", { policies: [upgradesPolicy({})] }, false],
    ["not one that was pushed to since", { pull: { headSha: "other" } }, false],
    ["not one that GitHub refused to merge", { pull: { refusedSha: "h" } }, false],
    ["one that was refused at an earlier head", { pull: { refusedSha: "g" } }, true],
    ["not one that is merged", { pull: { state: "merged" } }, false],
  ])("is %s", (_, given, isMerged) => {
    expect(planAutoMerge([candidate(given)], 25)).toHaveLength(isMerged ? 1 : 0);
  });

  it("is little risk first, and no more at once than may roll out", () => {
    const rolling: AutoMergeCandidate = { ...candidate({ id: 9 }), standing: { kind: "rollingOut" } };
    const planned = planAutoMerge(
      [candidate({ id: 3 }), rolling, candidate({ id: 1 }), candidate({ id: 2 })],
      3,
    );
    expect(planned.map(({ number }) => number)).toEqual([1, 2]);
  });
});
