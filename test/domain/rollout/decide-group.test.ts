import { describe, expect, it } from "@jest/globals";
import { type ChangeMember, type Missing, collectChange } from "#domain/rollout/collect-change.ts";
import { decideGroup } from "#domain/rollout/decide-group.ts";
import type { RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import { RolloutFleet, phaseOf, revision, run, script } from "./rollout-fleet.ts";

const nodes = { "eu-west-1": 6, "us-east-1": 3, "us-west-2": 3 };
const [a, b] = [revision("a"), revision("b")];

/** Two scripts on the same nodes, both on `a`. */
function pair(): Map<string, RolloutFleet> {
  const fleets = new Map(["cart@4", "pay@4"].map((key) => [key, new RolloutFleet(nodes)]));
  for (const [key, fleet] of fleets) {
    fleet.manifest = { ...script, name: key.slice(0, key.indexOf("@")) };
    run(fleet, a);
    fleet.traffic(a.digest, 200);
    fleet.nowMs = Date.parse("2026-11-02T12:00:00Z");
    fleet.nodesReport();
  }
  return fleets;
}

function step(fleets: ReadonlyMap<string, RolloutFleet>): Map<string, RolloutDecision> {
  for (const fleet of fleets.values()) {
    fleet.nowMs += 2_000;
    fleet.nodesReport();
  }
  const decisions = decideGroup(new Map([...fleets].map(([key, fleet]) => [key, fleet.input(b)])));
  for (const [key, fleet] of fleets) {
    const decision = decisions.get(key);
    if (decision) fleet.apply(decision);
  }
  return decisions;
}

/** The same with a target and reachable nodes of one's own, and members that wait. */
function stepApart(
  fleets: ReadonlyMap<string, RolloutFleet>,
  targets: Readonly<Record<string, Revision>>,
  waitsFor: Missing | null = null,
): Map<string, RolloutDecision> {
  for (const fleet of fleets.values()) {
    fleet.nowMs += 2_000;
    fleet.nodesReport();
  }
  const inputs = [...fleets].map(([key, fleet]) => [key, fleet.input(targets[key] ?? b)] as const);
  const decisions = decideGroup(new Map(inputs), [{ keys: [...fleets.keys()], waitsFor, before: null }]);
  for (const [key, fleet] of fleets) {
    const decision = decisions.get(key);
    if (decision) fleet.apply(decision);
  }
  return decisions;
}

/** Nodes that are to have one member's new revision without the other's. */
function tornNodes(fleets: ReadonlyMap<string, RolloutFleet>, old: Revision = a): string[] {
  const [cart, pay] = [...fleets.values()];
  const isNew = (fleet: RolloutFleet | undefined, region: string, slot: number) => {
    const { next, stable } = fleet?.releases.get(region) ?? {};
    return (next && slot < next.nodesPct ? next : stable)?.digest !== old.digest;
  };
  const nodesOfBoth = cart?.nodes ?? [];
  return nodesOfBoth
    .filter(({ region, slot }) => isNew(cart, region, slot) !== isNew(pay, region, slot))
    .map(({ id }) => id);
}

/** What git says of each region, for one script. */
function shape(fleet: RolloutFleet | undefined): string {
  return JSON.stringify(
    [...(fleet?.releases ?? [])].map(([region, { stable, next }]) => [region, stable, next]),
  );
}

describe("scripts that change together", () => {
  it("move in the same step in every region, and end together", () => {
    const fleets = pair();
    let decisions = step(fleets);
    for (let count = 0; count < 200; count += 1) {
      expect(shape(fleets.get("cart@4"))).toBe(shape(fleets.get("pay@4")));
      decisions = step(fleets);
      if ([...decisions.values()].every((decision) => decision.kind === "idle")) break;
    }
    expect([...decisions.values()].map(phaseOf)).toEqual(["idle", "idle"]);
    for (const fleet of fleets.values()) expect(fleet.releases.get("us-west-2")?.stable).toEqual(b);
  });

  it("wait for the one that is behind", () => {
    const fleets = pair();
    step(fleets);
    const pay = fleets.get("pay@4");
    for (const node of pay?.nodes ?? []) node.isReachable = node.region !== "eu-west-1";
    for (let count = 0; count < 20; count += 1) step(fleets);
    expect(fleets.get("cart@4")?.releases.get("eu-west-1")?.next?.nodesPct).toBeLessThan(100);
    expect(shape(fleets.get("cart@4"))).toBe(shape(pay));
  });

  it("go back together when one of them fails", () => {
    const fleets = pair();
    for (let count = 0; count < 4; count += 1) step(fleets);
    fleets.get("pay@4")?.traffic(b.digest, 100, 1);
    step(fleets);
    expect(fleets.get("cart@4")?.hold).toMatchObject({ mode: "rollback", to: a, by: "showrunner" });
    expect(fleets.get("cart@4")?.hold?.reason).toMatch(/changes together with pay@4/);
    let decisions = step(fleets);
    for (let count = 0; count < 40; count += 1) decisions = step(fleets);
    expect([...decisions.values()].map(phaseOf)).toEqual(["rolledBack", "rolledBack"]);
    for (const fleet of fleets.values())
      expect(new Set(fleet.serving("eu-west-1"))).toEqual(new Set([a.digest]));
  });

  it("move in step where the regions of a wave are ready at other times for each of them", () => {
    const fleets = pair();
    const [cart, pay] = [fleets.get("cart@4"), fleets.get("pay@4")];
    const isIn = (region: string) => cart?.releases.get(region)?.next !== undefined;
    for (let count = 0; count < 100 && !isIn("us-east-1"); count += 1) step(fleets);
    // Each of them lags in the region where the other does not.
    for (const node of cart?.nodes ?? []) node.isReachable = node.region !== "us-east-1";
    for (const node of pay?.nodes ?? []) node.isReachable = node.region !== "us-west-2";
    for (let count = 0; count < 5; count += 1) {
      step(fleets);
      expect(shape(cart)).toBe(shape(pay));
    }
  });

  it("are complete together, when the last one is", () => {
    const fleets = pair();
    const [cart, pay] = [fleets.get("cart@4"), fleets.get("pay@4")];
    for (const fleet of fleets.values()) {
      const { rollout } = fleet.manifest;
      fleet.manifest = {
        ...fleet.manifest,
        rollout: { ...rollout, bake: { ...rollout.bake, maxMs: 600_000, minRequests: 30 } },
      };
    }
    for (let count = 0; count < 40; count += 1) {
      cart?.traffic(b.digest, 100);
      if (cart?.releases.get("eu-west-1")?.next !== undefined) pay?.traffic(b.digest, 100);
      const phases = [...step(fleets).values()].map(phaseOf);
      expect(phases).not.toContain("completed");
    }
    expect(shape(cart)).toBe(shape(pay));
    pay?.traffic(b.digest, 100);
    expect([...step(fleets).values()].map(phaseOf)).toEqual(["completed", "completed"]);
    for (const fleet of fleets.values()) expect(fleet.releases.get("us-west-2")?.stable).toEqual(b);
  });

  it("go back in step from everywhere, though each does worst in another region", () => {
    const fleets = pair();
    const [cart, pay] = [fleets.get("cart@4"), fleets.get("pay@4")];
    for (let count = 0; count < 200; count += 1) step(fleets);
    for (const [fleet, region] of [
      [cart, "us-east-1"],
      [pay, "us-west-2"],
    ] as const)
      for (const node of fleet?.nodes ?? [])
        [node.requests, node.errors] = [100, node.region === region ? 50 : 0];
    for (const [name, fleet] of [
      ["cart", cart],
      ["pay", pay],
    ] as const) {
      const at = new Date(fleet?.nowMs ?? 0).toISOString();
      const common = { version: "4", revision: b, to: a, reason: "wrong price", by: "@maya", at };
      if (fleet) fleet.hold = { kind: "Hold", script: name, mode: "rollback", ...common };
    }
    for (let count = 0; count < 60; count += 1) {
      for (const node of cart?.nodes ?? []) node.isReachable = node.region !== "us-east-1" || count > 3;
      step(fleets);
      expect(shape(cart)).toBe(shape(pay));
    }
    for (const fleet of fleets.values()) expect(fleet.releases.get("us-west-2")?.stable).toEqual(a);
  });

  it("keep every node whole while regions of one wave attest at different times for each", () => {
    const fleets = pair();
    for (let count = 0; count < 120; count += 1) {
      for (const [key, fleet] of fleets) {
        const slow = key === "cart@4" ? "us-east-1" : "us-west-2";
        for (const node of fleet.nodes) node.isReachable = node.region !== slow || count % 4 === 0;
      }
      stepApart(fleets, {});
      expect(tornNodes(fleets)).toEqual([]);
    }
    for (const fleet of fleets.values()) expect(fleet.releases.get("us-west-2")?.stable).toEqual(b);
  });

  it("keep every node whole on the way back, whichever region is worst for each", () => {
    const fleets = pair();
    for (let count = 0; !fleets.get("pay@4")?.releases.get("us-east-1")?.next; count += 1) {
      expect(count).toBeLessThan(100);
      stepApart(fleets, {});
    }
    for (let count = 0; count < 2; count += 1) stepApart(fleets, {});
    for (const node of fleets.get("pay@4")?.nodes ?? [])
      if (node.region === "us-west-2") [node.requests, node.errors] = [200, 200];
    const slow = fleets.get("cart@4")?.nodes.find(({ region }) => region === "eu-west-1");
    for (let count = 0; count < 60; count += 1) {
      if (slow) slow.isReachable = count % 3 === 0;
      stepApart(fleets, {});
      expect(tornNodes(fleets)).toEqual([]);
    }
    for (const fleet of fleets.values())
      expect(new Set(fleet.serving("eu-west-1"))).toEqual(new Set([a.digest]));
  });

  it("leave together what a newer merge of one replaces", () => {
    const fleets = pair();
    for (let count = 0; count < 6; count += 1) stepApart(fleets, {});
    expect(fleets.get("cart@4")?.releases.get("eu-west-1")?.next?.nodesPct).toBeGreaterThan(20);
    const newer = revision("c");
    for (let count = 0; count < 200; count += 1) {
      stepApart(fleets, { "cart@4": newer });
      expect(tornNodes(fleets)).toEqual([]);
    }
    expect(fleets.get("cart@4")?.releases.get("us-west-2")?.stable).toEqual(newer);
    expect(fleets.get("pay@4")?.releases.get("us-west-2")?.stable).toEqual(b);
  });

  it("leave together what came together, though the clock was set back and they did not begin together", () => {
    const fleets = pair();
    const [cart, pay] = [fleets.get("cart@4"), fleets.get("pay@4")];
    if (!cart || !pay) throw new Error("cart and pay are the pair");
    for (let count = 0; count < 6; count += 1) stepApart(fleets, {});
    const first = cart.releases.get("eu-west-1");
    if (!first?.rollout) throw new Error("the first wave has begun");
    const startedAt = new Date(cart.nowMs).toISOString();
    cart.releases.set("eu-west-1", { ...first, rollout: { ...first.rollout, startedAt } });
    for (const fleet of fleets.values()) fleet.nowMs -= 3_600_000;
    for (let count = 0; !pay.releases.get("us-east-1")?.next; count += 1) {
      expect(count).toBeLessThan(100);
      stepApart(fleets, {});
    }
    const begun = [...fleets.values()].map(({ releases }) => releases.get("us-east-1")?.rollout);
    expect(begun[0]?.startedAt).not.toBe(begun[1]?.startedAt);
    expect(begun[0]?.waveStartedAt).toBe(begun[1]?.waveStartedAt);
    const newer = revision("c");
    for (let count = 0; count < 200; count += 1) {
      stepApart(fleets, { "pay@4": newer });
      expect(tornNodes(fleets)).toEqual([]);
    }
    expect(pay.releases.get("us-west-2")?.stable).toEqual(newer);
    expect(cart.releases.get("us-west-2")?.stable).toEqual(b);
  });

  it("leave what is on its way while a merge of the next change is missing", () => {
    const fleets = pair();
    for (let count = 0; count < 6; count += 1) stepApart(fleets, {});
    const missing: Missing = { change: "c2", missing: ["pay"], untilMs: Number.MAX_SAFE_INTEGER };
    for (let count = 0; count < 20; count += 1) {
      const decisions = stepApart(fleets, { "cart@4": revision("c") }, missing);
      expect([...decisions.values()].map(phaseOf)).toEqual(["collecting", "collecting"]);
      expect(tornNodes(fleets)).toEqual([]);
    }
    for (const fleet of fleets.values()) expect(fleet.releases.get("eu-west-1")?.next).toBeUndefined();
  });

  it("stop together when a person stops one", () => {
    const fleets = pair();
    for (let count = 0; count < 4; count += 1) step(fleets);
    const pay = fleets.get("pay@4");
    if (!pay) throw new Error("pay is one of the pair");
    const at = new Date(pay.nowMs).toISOString();
    const common = { script: "pay", version: "4", reason: "wrong price", by: "@maya", at };
    pay.hold = { kind: "Hold", mode: "abort", revision: b, ...common };
    step(fleets);
    expect(fleets.get("cart@4")?.hold).toMatchObject({ mode: "abort", by: "@maya" });
  });
});

const member = (name: string, pending: string[], more: Partial<ChangeMember> = {}): ChangeMember => ({
  key: `${name}@4`,
  script: name,
  pending,
  known: pending,
  before: [],
  mergedAtMs: 1_000,
  marks: [],
  ...more,
});

/** "cart+pay", with what is waited for. */
function collected(members: readonly ChangeMember[], group = ["cart", "pay"]): string[] {
  return collectChange("cart@4", group, members, 60_000).map(
    ({ keys, waitsFor }) => `${keys.join("+")}${waitsFor ? ` waits for ${waitsFor.missing.join("+")}` : ""}`,
  );
}

describe("a change to several scripts", () => {
  it.each<[string, ChangeMember[], string[]]>([
    ["is none without a name", [member("cart", [])], []],
    ["waits for who is missing", [member("cart", ["c1"]), member("pay", [])], ["cart@4 waits for pay"]],
    [
      "is not completed by another change",
      [member("cart", ["c1"]), member("pay", ["c2"])],
      ["cart@4 waits for pay"],
    ],
    [
      "is complete with all",
      [member("cart", ["c0", "c1"], { known: ["c0", "c1"] }), member("pay", ["c1"], { known: ["c0", "c1"] })],
      ["cart@4+pay@4"],
    ],
    [
      "is alone again where the others have it everywhere",
      [member("cart", ["c1"]), member("pay", [], { known: ["c1"] })],
      [],
    ],
    [
      "holds up the one before it, of which one half would go with half of the next",
      [member("cart", ["c1"]), member("pay", ["c1", "c2"])],
      ["cart@4+pay@4 waits for cart"],
    ],
    [
      "is left in step by those that came along with it",
      [
        member("cart", [], { marks: ["eu 10:00"] }),
        member("pay", ["c1"], { known: ["c1"], marks: ["eu 10:00"] }),
      ],
      ["cart@4", "pay@4 waits for cart"],
    ],
  ])("%s", (_, members, expected) => {
    expect(collected(members)).toEqual(expected);
  });

  it("says until when it waits", () => {
    const members = [member("cart", ["c1"], { mergedAtMs: 5_000 }), member("pay", [], { mergedAtMs: 9_000 })];
    expect(collectChange("cart@4", ["cart", "pay"], members, 60_000)[0]?.waitsFor).toEqual({
      change: "c1",
      missing: ["pay"],
      untilMs: 65_000,
    });
  });
});
