import { describe, expect, it } from "@jest/globals";
import { SLOTS, slotOf } from "#runtime/gateway/allocation.ts";
import { chooseVariant, planVersion, type ChoiceInput, type Variant } from "#runtime/gateway/version-plan.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function variant(role: string, letter: string, change: Partial<Variant<string>> = {}): Variant<string> {
  const own = { role, digest: digest(letter), weight: 0, runId: "run", stickyBy: "header:x-user" };
  return { ...own, expiresAtMs: null, target: `${role} ${letter}`, ...change };
}

function input(user: string | null, change: Partial<ChoiceInput> = {}): ChoiceInput {
  const headers = user === null ? {} : { "x-user": user };
  return {
    caller: { headers, remoteAddress: "::1" },
    override: null,
    nowMs: NOW_MS,
    random: () => 0,
    ...change,
  };
}

function answers(variants: readonly Variant<string>[], given: ChoiceInput): string {
  const choice = chooseVariant(planVersion(variants), given);
  return choice.kind === "chosen" ? choice.target : choice.kind;
}

const stable = variant("stable", "a", { runId: null, stickyBy: null });
const canary = variant("canary", "b", { weight: 500 });
const baseline = variant("baseline", "a", { weight: 500 });
const users = Array.from({ length: 2000 }, (_, index) => `user-${index}`);

describe("chooseVariant", () => {
  it("keeps each user on the role of its slot", () => {
    for (const user of users) {
      const slot = slotOf("run", user);
      const role = slot < 500 ? "canary b" : slot < 1000 ? "baseline a" : "stable a";
      expect(answers([stable, canary, baseline], input(user))).toBe(role);
    }
  });

  it.each([
    [0, "canary b"],
    [499.5 / SLOTS, "canary b"],
    [500 / SLOTS, "baseline a"],
    [0.1, "stable a"],
    [0.999999, "stable a"],
  ])("leaves a request without a key to chance: %d", (chance, expected) => {
    expect(answers([stable, canary, baseline], input(null, { random: () => chance }))).toBe(expected);
  });

  it.each([
    ["the baseline does not serve yet", { target: null }, {}],
    ["the baseline has expired", { expiresAtMs: NOW_MS }, {}],
  ])("sends everyone to stable while %s, so that the two are treated alike", (_case, change, given) => {
    const variants = [stable, canary, { ...baseline, ...change }];
    expect(new Set(users.map((user) => answers(variants, input(user, given))))).toEqual(
      new Set(["stable a"]),
    );
  });

  it("reaches a weight of 0 by the override alone", () => {
    const preview = variant("preview", "c");
    const override = { script: "artwork", digest: digest("c"), expiresAt: "2027-01-01T00:00:00Z" };
    expect(new Set(users.map((user) => answers([stable, preview], input(user))))).toEqual(
      new Set(["stable a"]),
    );
    expect(answers([stable, preview], input("user-1", { override }))).toBe("preview c");
    expect(answers([stable], input("user-1", { override }))).toBe("overrideAbsent");
    expect(answers([stable, { ...preview, expiresAtMs: NOW_MS }], input("user-1", { override }))).toBe(
      "overrideAbsent",
    );
  });

  it("lets the run of a canary go before an experiment, whose cells stay even", () => {
    const cells = ["blue", "green"].map((role) =>
      variant(role, "c", { weight: 5000, runId: "an-experiment" }),
    );
    const taken = Map.groupBy(users, (user) => answers([stable, ...cells, canary, baseline], input(user)));
    expect([...taken.keys()].sort()).toEqual(["baseline a", "blue c", "canary b", "green c"]);
    const [blue = 0, green = 0] = ["blue c", "green c"].map((target) => taken.get(target)?.length);
    // Five standard deviations of 1,800 flips of a coin.
    expect(Math.abs(blue - green)).toBeLessThan(213);
  });

  it("serves a version that has no stable revision by what there is, and never one that waits for its stable one", () => {
    expect(answers([variant("preview", "c")], input("user-1"))).toBe("preview c");
    expect(answers([{ ...stable, target: null }, variant("preview", "c")], input("user-1"))).toBe("notReady");
  });
});
