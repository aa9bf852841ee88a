import { describe, expect, it } from "@jest/globals";
import type { CampaignUnit, UnitJudged } from "#domain/campaign/campaign-unit.ts";
import { unitKey } from "#domain/campaign/campaign-unit.ts";
import type { ShipCandidate, ShipOrder } from "#domain/campaign/plan-ship.ts";
import { pullsToChase } from "#domain/campaign/pulls-to-chase.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";

const dayMs = 86_400_000;
const policy = { chaseAfterMs: 7 * dayMs, countedSinceMs: 0 };
const openedAtMs = 100 * dayMs;
const dueMs = openedAtMs + 7 * dayMs;

interface Given {
  readonly id?: number;
  readonly standing?: UnitStanding;
  readonly judgedAtMs?: number;
  readonly pull?: Partial<NonNullable<CampaignUnit["pull"]>> | null;
}

function candidate({ id = 1, standing, judgedAtMs = openedAtMs, pull = {} }: Given): ShipCandidate {
  const judged: UnitJudged = {
    verdict: "pass",
    score: 100,
    reason: "",
    failing: null,
    isUnchanged: false,
    headSha: "h",
    atMs: judgedAtMs,
  };
  const opened = {
    number: id,
    url: "",
    headSha: "h",
    version: "1.2.4",
    state: "open" as const,
    openedAtMs,
    endedAtMs: null,
    evidence: null,
  };
  const unit: CampaignUnit = {
    repositoryId: id,
    repository: `acme/r${id}`,
    base: "main",
    look: null,
    pull: pull === null ? null : { ...opened, ...pull },
    judged,
  };
  return {
    unit,
    standing: standing ?? { kind: "judged", judged },
    key: unitKey(unit),
    owner: "art",
    depth: 0,
    perMinute: null,
    openedAtMs,
  };
}

const blocked: UnitStanding = { kind: "blocked", reason: "somebody pushed to the branch" };

describe("which pull requests are chased", () => {
  it.each<[string, Given, number, boolean]>([
    ["one that passed and that nobody merged", {}, dueMs, true],
    ["not a moment too early", {}, dueMs - 1, false],
    ["one that is blocked", { standing: blocked }, dueMs, true],
    ["one that no canary can tell of", { standing: { kind: "untried", reason: "no traffic" } }, dueMs, true],
    ["not one whose canary is under way", { standing: { kind: "trying" } }, dueMs, false],
    ["not one that is being built", { standing: { kind: "checking" } }, dueMs, false],
    [
      "not one that was merged",
      { standing: { kind: "rollingOut" }, pull: { state: "merged" } },
      dueMs,
      false,
    ],
    [
      "not one that a person closed",
      { standing: { kind: "closed" }, pull: { state: "closed" } },
      dueMs,
      false,
    ],
    ["not a repository without one", { standing: blocked, pull: null }, dueMs, false],
    ["not one that was pushed to since", { pull: { pushedAtMs: openedAtMs + dayMs } }, dueMs, false],
    ["not one that was judged since", { judgedAtMs: openedAtMs + dayMs }, dueMs, false],
    [
      "one whose verdict is of an earlier commit",
      { judgedAtMs: openedAtMs + dayMs, standing: blocked, pull: { headSha: "i" } },
      dueMs,
      true,
    ],
    ["not a second time", { pull: { chase: "reminded" } }, dueMs + 100 * dayMs, false],
    ["not again where nobody may comment", { pull: { chase: "refused" } }, dueMs + 100 * dayMs, false],
  ])("are %s", (_, given, nowMs, isDue) => {
    expect(pullsToChase([candidate(given)], null, policy, nowMs)).toHaveLength(isDue ? 1 : 0);
  });

  it("leaves out what was ordered to be merged and waits for its turn", () => {
    const ordered = { repositoryId: 1, base: "main", number: 1, headSha: "h", score: 100 };
    const order: ShipOrder = { by: "maya", reason: "", atMs: 0, minScore: 90, items: [ordered] };
    const due = pullsToChase([candidate({}), candidate({ id: 2 })], order, policy, dueMs);
    expect(due.map(({ pull }) => pull.number)).toEqual([2]);
  });

  it("counts from when the campaign went on after a stop", () => {
    const resumed = { ...policy, countedSinceMs: openedAtMs + 30 * dayMs };
    expect(pullsToChase([candidate({})], null, resumed, openedAtMs + 36 * dayMs)).toEqual([]);
    const [due] = pullsToChase([candidate({})], null, resumed, openedAtMs + 37 * dayMs);
    expect(due?.sinceMs).toBe(resumed.countedSinceMs);
  });

  it("begins with those that wait longest", () => {
    const later = candidate({ id: 1, pull: { openedAtMs: openedAtMs + dayMs } });
    const due = pullsToChase([later, candidate({ id: 2 })], null, policy, dueMs + 2 * dayMs);
    expect(due.map(({ pull, sinceMs }) => [pull.number, sinceMs])).toEqual([
      [2, openedAtMs],
      [1, openedAtMs + dayMs],
    ]);
  });
});
