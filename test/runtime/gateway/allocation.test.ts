import { describe, expect, it } from "@jest/globals";
import { array, assert, integer, nat, property, subarray, tuple } from "fast-check";
import { allocate, ownerOf, SLOTS, slotOf, type Share } from "#runtime/gateway/allocation.ts";

const ROLES = ["canary", "baseline", "blue", "green", "red", "violet"];
const SLOT_LIST = Array.from({ length: SLOTS }, (_, slot) => slot);

/** Shares of distinct roles that add up to at most all slots. */
const anyShares = tuple(
  subarray(ROLES, { minLength: 1 }),
  array(integer({ min: 0, max: SLOTS }), { minLength: 6, maxLength: 6 }),
).map(([roles, sizes]) => {
  let left = SLOTS;
  return roles.map((role, index): Share => {
    const weight = Math.min(sizes[index] ?? 0, left);
    left -= weight;
    return { role, weight };
  });
});

/** Canary and baseline with s slots each. */
function pair(s: number): Share[] {
  return [
    { role: "canary", weight: s },
    { role: "baseline", weight: s },
  ];
}

function owners(shares: readonly Share[]): string[] {
  const allocations = allocate(shares);
  return SLOT_LIST.map((slot) => ownerOf(allocations, slot)?.role ?? "stable");
}

function countBy(roles: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(roles, (role) => role)].map(([role, all]) => [role, all.length]));
}

describe("allocate", () => {
  it("gives every role exactly its slots, and no slot twice", () => {
    assert(
      property(anyShares, (shares) => {
        const counts = countBy(owners(shares));
        for (const { role, weight } of shares) expect(counts.get(role) ?? 0).toBe(weight);
      }),
      { numRuns: 60 },
    );
  });

  it("does not depend on the order of the shares", () => {
    assert(
      property(anyShares, (shares) => {
        expect(owners(shares.toReversed())).toEqual(owners(shares));
      }),
      { numRuns: 30 },
    );
  });

  it("puts the canary first and the baseline right after it, at equal shares", () => {
    const placed = allocate([
      { role: "baseline", weight: 500 },
      { role: "canary", weight: 500 },
    ]);
    expect(placed.map(({ share, ranges }) => [share.role, ranges])).toEqual([
      ["canary", [[0, 500]]],
      ["baseline", [[500, 1000]]],
    ]);
  });

  it("keeps everyone in the canary who was in it when its share grows", () => {
    assert(
      property(nat(2500), nat(2500), (weight, growth) => {
        const [before, after] = [owners(pair(weight)), owners(pair(weight + growth))];
        const lost = SLOT_LIST.filter((slot) => before[slot] === "canary" && after[slot] !== "canary");
        expect(lost).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("moves only slots between a variant and stable when a variant's share changes within its home", () => {
    const cells = ["blue", "green", "red"];
    const weight = nat(Math.floor(SLOTS / 3));
    assert(
      property(tuple(weight, weight, weight), nat(2), weight, (weights, changed, changedTo) => {
        const shares = cells.map((role, index) => ({ role, weight: weights[index] ?? 0 }));
        const changedShares = shares.with(changed, { role: cells[changed] ?? "", weight: changedTo });
        const [before, after] = [owners(shares), owners(changedShares)];
        const moved = SLOT_LIST.filter((slot) => before[slot] !== after[slot]);
        const roles = new Set(moved.flatMap((slot) => [before[slot], after[slot]]));
        expect([...roles].filter((role) => role !== "stable" && role !== cells[changed])).toEqual([]);
        expect(moved.length).toBe(Math.abs(changedTo - (weights[changed] ?? 0)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives nobody anything when the shares add up to more than there is", () => {
    expect(
      owners([
        { role: "blue", weight: 6000 },
        { role: "green", weight: 6000 },
      ]),
    ).not.toContain("blue");
  });
});

describe("slotOf", () => {
  it("spreads keys evenly, and independently between runs", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
    const inFirst = keys.filter((key) => slotOf("run-1", key) < 1000);
    const inBoth = inFirst.filter((key) => slotOf("run-2", key) < 1000);
    // Five standard deviations of 2,000 and of 200.
    expect(Math.abs(inFirst.length - 2000)).toBeLessThan(215);
    expect(Math.abs(inBoth.length - 200)).toBeLessThan(70);
  });

  it("is the same on every node and in every version", () => {
    expect([slotOf("artwork@4-9e2d", "user-7"), slotOf("", "")]).toEqual([1389, 5113]);
  });
});
