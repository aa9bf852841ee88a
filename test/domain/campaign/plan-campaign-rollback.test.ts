import { describe, expect, it } from "@jest/globals";
import type { TakenBack } from "#domain/campaign/campaign-unit.ts";
import {
  planCampaignRollback,
  type RollbackCandidate,
  type ShippedRevision,
} from "#domain/campaign/plan-campaign-rollback.ts";
import type { Hold, Release } from "#schemas/types.ts";
import {
  facts,
  group,
  hold,
  next,
  old,
  release,
  rolling,
  snapshot,
  stable,
} from "../operations/operation-fixture.ts";

const regions = ["eu-west-1", "us-east-1"];
const order = "2026-11-02T09:30:00.000Z";

function shipped(phase: ShippedRevision["phase"] = "completed", script = "artwork"): ShippedRevision {
  return { script, version: "4", revision: next, before: stable, phase };
}

function candidate(ships: readonly ShippedRevision[], more: Partial<RollbackCandidate> = {}, id = 1) {
  const unit: RollbackCandidate["unit"] = {
    repositoryId: id,
    repository: `acme/r${id}`,
    base: "main",
    look: null,
    judged: null,
    pull: null,
    ...more.unit,
  };
  const rest = { standing: { kind: "shipped" }, key: `${id} main`, owner: "art", openedAtMs: 0 } as const;
  return { ...rest, depth: 0, perMinute: 0, shipped: ships, ...more, unit };
}

/** artwork@4 with this release in both regions. */
function serving(change: Partial<Release>, holds: readonly Hold[] = [], script = "artwork") {
  return snapshot({ releases: regions.map((region) => [region, release(change, script)]), holds });
}

const taken = (scripts: TakenBack["scripts"], of = order) => ({
  ...candidate([]).unit,
  takenBack: { order: of, scripts },
});

describe("what goes back of one script that a campaign shipped", () => {
  it.each<[string, ReturnType<typeof snapshot>, ShippedRevision["phase"], string]>([
    ["is everywhere as it was shipped", serving({ stable: next }), "completed", "item"],
    ["is on its way", serving({ next: { ...next, nodesPct: 34 } }), "baking", "item"],
    ["is paused half-way", serving({ next: { ...next, nodesPct: 34 } }, [hold("pause")]), "paused", "item"],
    ["got a later merge", serving({ stable: old }), "completed", "left: it has moved on to 0000000"],
    [
      "is getting a later merge",
      serving({ stable: next, next: { ...old, nodesPct: 34 } }),
      "superseded",
      "left: it has moved on to 0000000",
    ],
    ["is not served any more", snapshot(), "completed", "left: no region serves it"],
    ["goes back", serving({ stable: next }, [hold("rollback", { to: stable })]), "rollingBack", "under way"],
    ["went back", serving({ stable }, [hold("rollback", { to: stable })]), "rolledBack", "back"],
    ["went back before its revert was merged", serving({ stable }), "rolledBack", "back"],
    ["was withdrawn by a rule", serving({ stable }, [hold("abort")]), "aborted", "back"],
    ["is held, with nothing to go back to", serving({ stable: next }, [hold("rollback")]), "held", "back"],
  ])("which %s", (_, world, phase, expected) => {
    const plan = planCampaignRollback([candidate([shipped(phase)])], world, [], null);
    const found = [
      ...plan.items.map(() => "item"),
      ...plan.left.map(({ why }) => `left: ${why}`),
      ...Array.from({ length: plan.underWay }, () => "under way"),
      ...Array.from({ length: plan.back }, () => "back"),
    ];
    expect(found).toEqual([expected]);
  });

  it("counts a rollout that waits for its window: a later one is left alone, the campaign's own goes", () => {
    const world = serving({ stable });
    const waiting = rolling({ kind: "waitingForWindow", wave: 1, regions, opensAtMs: null }).rollouts;
    expect(planCampaignRollback([candidate([shipped()])], world, waiting, null).items).toHaveLength(1);
    const later = waiting.map((one) => ({ ...one, revision: old }));
    const there = serving({ stable: next });
    expect(planCampaignRollback([candidate([shipped()])], there, later, null).left[0]?.why).toBe(
      "it has moved on to 0000000",
    );
  });

  it("leaves a member of an atomic group to the group's own rollback", () => {
    const world = {
      ...serving({ stable: next }),
      groups: new Map([["shop", group("shop", ["artwork"], true)]]),
    };
    const plan = planCampaignRollback([candidate([shipped()])], world, facts().rollouts, null);
    expect(plan.left[0]?.why).toBe("it changes together with others: showrunner rollback group:shop");
  });
});

describe("an order to take a campaign back", () => {
  const world = serving({ stable: next });

  it("takes each script back once: one that somebody sent out again stays, until a new order", () => {
    const units = [candidate([shipped()], { unit: taken({ "artwork@4": null }) })];
    expect(planCampaignRollback(units, world, [], order)).toMatchObject({
      items: [],
      left: [{ why: "it was sent out again since" }],
    });
    expect(planCampaignRollback(units, world, [], null).items).toHaveLength(1);
    expect(planCampaignRollback(units, world, [], "2026-11-02T09:45:00.000Z").items).toHaveLength(1);
  });

  it("says why what it tried did not go, and does not try it again", () => {
    const units = [candidate([shipped()], { unit: taken({ "artwork@4": "there is no earlier revision" }) })];
    expect(planCampaignRollback(units, world, [], order)).toMatchObject({
      items: [],
      left: [{ why: "there is no earlier revision" }],
    });
  });

  it("waits for what is merged and not built yet", () => {
    const merged = candidate([], { standing: { kind: "rollingOut" } });
    expect(planCampaignRollback([merged], world, [], order)).toMatchObject({ items: [], coming: 1 });
  });

  it("takes the most risk first: what others depend on goes last", () => {
    const releases = ["one", "two", "three"].flatMap((script) =>
      regions.map((region) => [region, release({ stable: next }, script)] as const),
    );
    const units = [
      candidate([shipped("completed", "one")], { depth: 0, perMinute: 900 }, 1),
      candidate([shipped("completed", "two")], { depth: 1, perMinute: 2 }, 2),
      candidate([shipped("completed", "three")], { depth: 1, perMinute: 50 }, 3),
    ];
    const { items } = planCampaignRollback(units, snapshot({ releases }), [], order);
    expect(items.map((item) => item.shipped.script)).toEqual(["three", "two", "one"]);
  });
});
