import { describe, expect, it } from "@jest/globals";
import { nextShipments, planShip, type ShipCandidate } from "#domain/campaign/plan-ship.ts";
import type { CampaignUnit, UnitJudged } from "#domain/campaign/campaign-unit.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";

function candidate(id: number, standing: UnitStanding, head = `head-${id}`): ShipCandidate {
  const state = standing.kind === "rollingOut" || standing.kind === "shipped" ? "merged" : "open";
  const unit: CampaignUnit = {
    repositoryId: id,
    repository: `acme/r${id}`,
    base: "main",
    look: null,
    judged: null,
    pull: {
      number: id,
      url: "",
      headSha: head,
      version: "1.0.0",
      state,
      openedAtMs: 0,
      endedAtMs: null,
      evidence: null,
    },
  };
  return { unit, standing, key: `${id} main`, owner: "art", depth: 0, perMinute: id, openedAtMs: 0 };
}

function judged(id: number, verdict: UnitJudged["verdict"], score: number | null): ShipCandidate {
  const headSha = `head-${id}`;
  return candidate(id, {
    kind: "judged",
    judged: {
      verdict,
      score,
      reason: `it is ${verdict}`,
      failing: null,
      isUnchanged: false,
      headSha,
      atMs: 0,
    },
  });
}

describe("what shipping everything over a score merges", () => {
  it("takes what passed or is marginal with enough, little traffic first, and says why not of the others", () => {
    const plan = planShip(
      [
        judged(5, "pass", 97),
        judged(2, "marginal", 91),
        judged(3, "pass", 89),
        judged(4, "fail", 95),
        judged(6, "inconclusive", null),
        candidate(7, { kind: "trying" }),
        candidate(8, { kind: "blocked", reason: "somebody pushed to it" }),
      ],
      90,
    );
    expect(plan.items.map(({ number, headSha }) => [number, headSha])).toEqual([
      [2, "head-2"],
      [5, "head-5"],
    ]);
    expect(plan.left.map(({ unit, why }) => [unit.pull?.number, why])).toEqual([
      [3, "it scores 89, below 90"],
      [4, "it is fail"],
      [6, "it is inconclusive"],
      [7, "its canary has no verdict yet"],
      [8, "somebody pushed to it"],
    ]);
  });

  it("keeps only so many rollouts under way", () => {
    const waiting = [1, 2, 3].map((id) => judged(id, "pass", 100));
    const { items } = planShip(waiting, 90);
    const order = { by: "maya", reason: "", atMs: 0, minScore: 90, items };
    const under = [candidate(9, { kind: "rollingOut" }), ...waiting];
    expect(nextShipments(order, under, 2).merge.map(({ number }) => number)).toEqual([1]);
    expect(nextShipments(order, under, 1).merge).toEqual([]);
  });

  it("merges nothing that was pushed to, merged or closed meanwhile", () => {
    const { items } = planShip([judged(1, "pass", 100), judged(2, "pass", 100)], 90);
    const order = { by: "maya", reason: "", atMs: 0, minScore: 90, items };
    const now = [candidate(1, { kind: "trying" }, "another"), candidate(2, { kind: "shipped" })];
    const next = nextShipments(order, now, 10);
    expect([next.merge, next.done.map(({ number }) => number)]).toEqual([[], [1, 2]]);
  });
});
