import { describe, expect, it } from "@jest/globals";
import { chooseSlot, slotAt } from "#domain/reconcile/slots.ts";

describe("slots", () => {
  it("follow the van der Corput sequence", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(slotAt)).toEqual([0, 50, 25, 75, 12.5, 62.5, 37.5, 87.5]);
  });

  it("are spread evenly, however many are taken", () => {
    for (let count = 7; count < 200; count += 1) {
      const slots = Array.from({ length: count }, (_, index) => slotAt(index));
      for (const start of [0, 100 / 3, 200 / 3]) {
        const inside = slots.filter((slot) => slot >= start && slot < start + 100 / 3).length;
        expect(Math.abs(inside - count / 3)).toBeLessThan(4);
      }
    }
  });

  it.each([
    ["the first of an empty region", [], null, 0],
    ["the first free one", [0, 25], null, 50],
    ["the claimed one when it is free", [0], 12.5, 12.5],
    ["the first free one when the claimed one is taken", [0, 12.5], 12.5, 50],
    ["the first free one when the claim is out of range", [0], 100, 50],
    ["the first free one when the claim is negative", [0], -1, 50],
    ["the first free one when the claim is no number", [0], Number.NaN, 50],
  ])("give %s", (_which, taken, claimed, expected) => {
    expect(chooseSlot(new Set(taken), claimed)).toBe(expected);
  });

  it("run out", () => {
    const all = new Set(Array.from({ length: 16_384 }, (_, index) => slotAt(index)));
    expect(chooseSlot(all, null)).toBeNull();
  });
});
